"""Given a converted vocabulary, llama.cpp finds the tokens that BERT's tokenizer finds, but for a list."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from conversion.folders import VOCABULARY, change, tokenizer_json, write_json
from conversion.texts import two_hundred
from conversion.wordpiece import WordPiece, read_vocabulary
from spinfer.conversion.destination import Destination
from spinfer.conversion.sentence_transformers import convert
from spinfer.inference.engine.llama import Model

DIFFERENCES = {
    "Korean syllables: llama.cpp keeps the first of their letters": "안녕하세요",
    "vowel signs (Mc): llama.cpp strips them like accents": "नमस्ते दुनिया",
    "enclosing marks (Me): llama.cpp strips them like accents": "press 1\ufe0f\u20e3 now",
    "vertical tab, form feed, next line: llama.cpp ends a word there, BERT joins": "one\x0btwo",
    "▁, which llama.cpp takes for a word's beginning": "a▁the",
    "words of more than 100 letters: BERT has one [UNK] for them": "a" * 101,
}
"""Where llama.cpp's tokenizer is not BERT's: why, and a text that shows it."""


def differs(char: str) -> bool:
    """Whether one of DIFFERENCES speaks of this character."""
    return char in "\x0b\x0c\x85▁" or unicodedata.category(char) in ("Mc", "Me") or "가" <= char <= "힣"


@pytest.fixture(scope="module")
def published(minilm: Path) -> WordPiece:
    return WordPiece(read_vocabulary(minilm))


@pytest.fixture(scope="module")
def model(minilm_gguf: Path) -> Iterator[Model]:
    model = Model(minilm_gguf)
    yield model
    model.close()


def tokens(model: Model, text: str) -> list[int]:
    return list(model.tokenize(text, special=False))


def test_texts_of_every_sort(model: Model, published: WordPiece) -> None:
    for text in two_hundred():
        assert tokens(model, text) == published.encode(text), repr(text)


def test_every_character_within_a_word(model: Model, published: WordPiece) -> None:
    """Of those that have not changed since Unicode 3.2: tables of later versions differ among themselves."""
    old = unicodedata.ucd_3_2_0
    chars = [
        char
        for char in map(chr, (*range(0xD800), *range(0xE000, 0x10000)))
        if old.category(char) == unicodedata.category(char) != "Cn"
    ]
    wrong = [c for c in chars if tokens(model, f"a{c}b") != published.encode(f"a{c}b") and not differs(c)]
    assert len(chars) > 40_000
    assert not wrong, [f"U+{ord(char):04X}" for char in wrong[:20]]


@pytest.mark.parametrize("why", DIFFERENCES)
def test_the_known_differences(model: Model, published: WordPiece, why: str) -> None:
    text = DIFFERENCES[why]
    assert tokens(model, text) != published.encode(text), "the difference is gone: take it out of the list"


SMALL_TEXTS = ("The cat, singing É éé [CLS]!", "the THE 中cat中 zzz", "Ébé", "é", "playing#", "a##b", "\x00")


@pytest.mark.parametrize("source", ["vocab.txt", "tokenizer.json"])
@pytest.mark.parametrize(
    ("config", "lower", "strip"),
    [
        ({"do_lower_case": True}, True, True),
        ({"do_lower_case": False}, False, False),
        ({"do_lower_case": True, "strip_accents": False}, True, False),
        ({"do_lower_case": False, "strip_accents": True}, False, True),
    ],
)
def test_cases_and_accents(
    folder: Path, tmp_path: Path, source: str, config: dict[str, bool], lower: bool, strip: bool
) -> None:
    change(folder / "tokenizer_config.json", **config)
    if source == "tokenizer.json":
        write_json(folder / source, tokenizer_json())
        (folder / "vocab.txt").unlink()
    expected = WordPiece({token: n for n, token in enumerate(VOCABULARY)}, lower, strip)
    model = Model(convert(folder, Destination(tmp_path, "small")).path)
    for text in SMALL_TEXTS:
        assert tokens(model, text) == expected.encode(text), text
    model.close()


def test_pieces_that_llama_cpp_would_misread(folder: Path, tmp_path: Path) -> None:
    """A row without a token, an empty token, a bare ▁ to continue with: each would be found in every word."""
    vocabulary = list(VOCABULARY)
    for old, new in (("!", ""), ("?", "##▁"), (".", "▁a")):
        vocabulary[vocabulary.index(old)] = new
    (folder / "vocab.txt").write_text("\n".join(vocabulary[:-2]), "utf-8")
    model = Model(convert(folder, Destination(tmp_path, "small")).path)
    expected = WordPiece({token: n for n, token in enumerate(vocabulary[:-2])})
    for text in ("cat", "the zzz", "Ω", "aΩ", "playing ! ? .", "[] [unused row 3]"):
        assert tokens(model, text) == expected.encode(text), text
    model.close()
