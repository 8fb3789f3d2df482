from __future__ import annotations

from array import array

from spinfer.inference.engine.tokens import SLICE, tokenize_up_to


class Words:
    """Tokenizes at spaces, with one token around a text on either side; remembers how much it was given."""

    def __init__(self) -> None:
        self.characters = 0

    def __call__(self, text: str) -> array[int]:
        self.characters += len(text)
        return array("i", [1, *(5 for _ in text.split()), 2])


def test_a_short_text_is_tokenized_once() -> None:
    words = Words()
    found = tokenize_up_to(3, "one two three", words)
    assert (len(found.tokens), found.total, found.count) == (5, 5, "5")
    assert words.characters == 13


def test_a_long_text_that_fits_comes_whole() -> None:
    text = "word " * 10_000
    found = tokenize_up_to(10_002, text, Words())
    assert (len(found.tokens), found.total, found.count) == (10_002, 10_002, "10002")


def test_a_text_slightly_too_long_is_counted_exactly() -> None:
    found = tokenize_up_to(9_990, "word " * 10_000, Words())
    assert (found.total, found.count) == (10_002, "10002")


def test_a_text_far_too_long_costs_no_more_than_the_limit() -> None:
    words = Words()
    found = tokenize_up_to(500, "word " * 1_000_000, words)
    assert len(found.tokens) > 500
    assert words.characters <= 2 * SLICE
    assert 980_000 < found.total < 1_020_000
    assert found.count == f"about {found.total}"
