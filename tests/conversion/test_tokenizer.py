"""Given a converted vocabulary, our tokenizer finds the tokens that BERT's finds; llama.cpp's does not."""

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from conversion.folders import VOCABULARY, change, tokenizer_json, write_json
from conversion.reference_bert import reference_vectors
from conversion.texts import two_hundred
from conversion.wordpiece import WordPiece, read_vocabulary
from spinfer.conversion.destination import Destination
from spinfer.conversion.sentence_transformers import convert
from spinfer.inference.backends.local import Answering, open_local
from spinfer.inference.backends.local_embedding import LocalEmbedder, wordpiece_of
from spinfer.inference.engine.llama import Model
from spinfer.inference.engine.load import LoadedEmbedder, load
from spinfer.inference.engine.sizes import EngineSettings
from spinfer.inference.types import EmbeddingRequest

DIFFERENCES = {
    "Korean syllables: llama.cpp keeps the first of their letters": "안녕하세요",
    "vowel signs (Mc): llama.cpp strips them like accents": "नमस्ते दुनिया",
    "enclosing marks (Me): llama.cpp strips them like accents": "press 1\ufe0f\u20e3 now",
    "vertical tab, form feed, next line: llama.cpp ends a word there, BERT joins": "one\x0btwo",
    "▁, which llama.cpp takes for a word's beginning": "a▁the",
    "words of more than 100 letters: BERT has one [UNK] for them": "a" * 101,
}
"""Where llama.cpp's tokenizer is not BERT's: why, and a text that shows it."""


@pytest.fixture(scope="module")
def published(minilm: Path) -> WordPiece:
    return WordPiece(read_vocabulary(minilm))


@pytest.fixture(scope="module")
def loaded(minilm_gguf: Path) -> Iterator[LoadedEmbedder]:
    loaded = load("m", minilm_gguf, EngineSettings(threads=1))
    assert isinstance(loaded, LoadedEmbedder)
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def model(loaded: LoadedEmbedder) -> Model:
    return loaded.model


@pytest.fixture(scope="module")
def embedder(loaded: LoadedEmbedder) -> LocalEmbedder:
    embedder = open_local("m", loaded, Answering())
    assert isinstance(embedder, LocalEmbedder)
    return embedder


Tokens = Callable[[str], list[int]]


def tokens_of(model: Model) -> Tokens:
    tokenizer = wordpiece_of(model)
    assert tokenizer is not None
    return lambda text: list(tokenizer.encode(text))


@pytest.fixture(scope="module")
def tokens(model: Model) -> Tokens:
    return tokens_of(model)


def test_texts_of_every_sort(tokens: Tokens, published: WordPiece) -> None:
    for text in two_hundred():
        assert tokens(text) == published.encode(text), repr(text)


def test_every_character_within_a_word(tokens: Tokens, published: WordPiece) -> None:
    """Of those that have not changed since Unicode 3.2: tables of later versions differ among themselves."""
    old = unicodedata.ucd_3_2_0
    chars = [
        char
        for char in map(chr, (*range(0xD800), *range(0xE000, 0x110000)))
        if old.category(char) == unicodedata.category(char) != "Cn"
    ]
    wrong = [c for c in chars if tokens(f"a{c}b") != published.encode(f"a{c}b")]
    assert len(chars) > 40_000
    assert not wrong, [f"U+{ord(char):04X}" for char in wrong[:20]]


@pytest.mark.parametrize("why", DIFFERENCES)
def test_where_llama_cpp_differs_the_backend_does_not(
    model: Model, embedder: LocalEmbedder, minilm: Path, published: WordPiece, why: str
) -> None:
    text, expected = DIFFERENCES[why], published.encode(DIFFERENCES[why])
    assert list(model.tokenize(text, special=False)) != expected, "llama.cpp reads it right now"
    embeddings = embedder.embed(EmbeddingRequest((text,)))
    assert embeddings.prompt_tokens == len(expected)
    np.testing.assert_allclose(embeddings.vectors, reference_vectors(minilm, [expected]), atol=2e-3)


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
    tokens = tokens_of(model)
    for text in SMALL_TEXTS:
        assert tokens(text) == expected.encode(text), text
    model.close()


def test_pieces_that_would_be_misread(folder: Path, tmp_path: Path) -> None:
    """A row without a token, an empty token, a bare ▁ to continue with: each would be found in every word."""
    vocabulary = list(VOCABULARY)
    for old, new in (("!", ""), ("?", "##▁"), (".", "▁a")):
        vocabulary[vocabulary.index(old)] = new
    (folder / "vocab.txt").write_text("\n".join(vocabulary[:-2]), "utf-8")
    model = Model(convert(folder, Destination(tmp_path, "small")).path)
    expected = WordPiece({token: n for n, token in enumerate(vocabulary[:-2])})
    tokens = tokens_of(model)
    for text in ("cat", "the zzz", "Ω", "aΩ", "playing ! ? .", "[] [unused row 3]"):
        assert tokens(text) == expected.encode(text), text
    model.close()
