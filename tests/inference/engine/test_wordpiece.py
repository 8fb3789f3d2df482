from __future__ import annotations

import pytest

from spinfer.inference.engine.tokens import SLICE, tokenize_up_to
from spinfer.inference.engine.wordpiece import LONGEST_WORD, SLACK, Casing, WordPiece, casing_of

PIECES = ("▁play", "ing", "▁e", "▁é", "▁x", "x", "▁!", "▁中", "▁cat", "▁▁", "▁İ", "▁i̇", "ed", "▁player")
CLS, SEPARATOR, UNKNOWN = 101, 102, 100


def words(casing: Casing = Casing(lower=True, strip_accents=True)) -> WordPiece:  # noqa: B008 - a frozen value
    return WordPiece(enumerate(PIECES), cls=CLS, separator=SEPARATOR, unknown=UNKNOWN, casing=casing)


def found(text: str, tokenizer: WordPiece | None = None) -> list[str]:
    """The pieces between the two tokens that every text is put between."""
    first, *inner, last = (tokenizer or words()).encode(text)
    assert (first, last) == (CLS, SEPARATOR)
    return ["?" if token == UNKNOWN else PIECES[token] for token in inner]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        (" \t\n\u3000 ", []),
        ("playing cat", ["▁play", "ing", "▁cat"]),
        ("player played", ["▁player", "▁play", "ed"]),
        ("playx!cat", ["▁play", "x", "▁!", "▁cat"]),
        ("dog", ["?"]),
        ("playdog", ["?"]),
        ("CAT é É", ["▁cat", "▁e", "▁e"]),
        ("cat中cat", ["▁cat", "▁中", "▁cat"]),
        ("c\u00ada\x0bt\x00", ["▁cat"]),
        ("a▁cat", ["?"]),
        ("▁", ["▁▁"]),
        ("[SEP] [CLS]", ["?"] * 6),
        ("x" * LONGEST_WORD, ["▁x"] + ["x"] * (LONGEST_WORD - 1)),
        ("x" * (LONGEST_WORD + 1), ["?"]),
    ],
)
def test_texts(text: str, pieces: list[str]) -> None:
    assert found(text) == pieces
    assert found(text) == pieces, "the same from memory"


@pytest.mark.parametrize(
    ("casing", "pieces"),
    [
        (Casing(lower=True, strip_accents=False), ["▁é", "▁é", "▁i̇"]),
        (Casing(lower=False, strip_accents=True), ["▁e", "?", "?"]),
        (Casing(lower=False, strip_accents=False), ["▁é", "?", "▁İ"]),
    ],
)
def test_cases_and_accents(casing: Casing, pieces: list[str]) -> None:
    assert found("é É İ", words(casing)) == pieces


def test_what_a_file_says_of_its_casing() -> None:
    lower, strip = "tokenizer.ggml.normalizer.lowercase", "tokenizer.ggml.normalizer.strip_accents"
    assert casing_of({}) == Casing(lower=True, strip_accents=True)
    assert casing_of({lower: "false"}) == Casing(lower=False, strip_accents=False)
    assert casing_of({lower: "false", strip: "true"}) == Casing(lower=False, strip_accents=True)
    assert casing_of({strip: "false"}) == Casing(lower=True, strip_accents=False)


def test_a_text_that_fits_is_not_refused_for_words_that_slices_cut() -> None:
    """One token for each of these words, but more than a hundred for the parts at a slice's edges."""
    text = ("x" * 150 + " ") * (3 * SLICE // 151)
    exact = len(words().encode(text))
    tokenized = tokenize_up_to(exact, text, words().encode, slack=SLACK)
    assert (tokenized.total, tokenized.exact) == (exact, True)


def test_it_remembers_only_so_many_words() -> None:
    tokenizer = words()
    tokenizer.encode(" ".join(map(str, range(40_000))))
    assert len(tokenizer._words) < 20_000
    assert found("playing", tokenizer) == ["▁play", "ing"]
