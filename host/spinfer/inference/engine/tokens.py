"""Text → tokens, at a cost that the context bounds and not whoever wrote the text.

llama.cpp copies everything it has found so far for each character that a SentencePiece vocabulary lacks: a
megabyte of those took four minutes. So a long text is first counted slice by slice, until it surely is too
long.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass

SLICE = 8192
"""Characters."""

SLACK = 8
"""Tokens by which a slice may come out longer than its part of the whole: what is added around a text, and
words that the edges cut."""


@dataclass(frozen=True, slots=True)
class Tokenized:
    """The tokens of a text; of one that is far too long only the first, more than the limit in any case."""

    tokens: array[int]
    total: int
    exact: bool = True

    @property
    def count(self) -> str:
        """For a sentence: how many tokens the text has."""
        return f"{self.total}" if self.exact else f"about {self.total}"


def tokenize_up_to(
    limit: int, text: str, tokenize: Callable[[str], array[int]], *, slack: int = SLACK
) -> Tokenized:
    """All tokens of `text`, unless they are more than `limit` by far."""
    if len(text) > SLICE:
        surely = 0
        for end in range(SLICE, len(text), SLICE):
            surely += max(0, len(tokenize(text[end - SLICE : end])) - slack)
            if surely > limit:
                return Tokenized(tokenize(text[:end]), surely * len(text) // end, exact=False)
    tokens = tokenize(text)
    return Tokenized(tokens, len(tokens))
