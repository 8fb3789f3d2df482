"""Prompts and texts of an exact number of tokens, no two of which begin alike."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from bench.engine.say import Unmeasurable

_LETTERS = "bcdfgjkmpqvwxyz0123456789"
"""Each is one token of the generated models, beside whatever other letter it stands."""

_WORDS = ("the", "cat", "dog", "good", "bad", "is", "in", "on", "to", "what", "was", "for", "you")


class Prompts:
    """Random letters from a seed: nothing that one prompt left in a cache is of use to the next."""

    def __init__(self, overhead: int, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._overhead = overhead

    def of(self, tokens: int) -> str:
        """A new prompt of this many tokens, those included that the model adds."""
        return "".join(self._random.choices(_LETTERS, k=tokens - self._overhead))

    def shortest(self) -> str:
        return self._random.choice(_LETTERS)


def sentences(count: Callable[[str], int], texts: int, tokens: int) -> Sequence[str]:
    """So many different texts of so many tokens each, by a tokenizer of which only the counts are known."""
    words = [word for word in _WORDS if count(f"{word} {word}") - count(word) == 1]
    if not words:
        raise Unmeasurable("no common word is a single token of this model")
    overhead = count(words[0]) - 1
    draw = random.Random(0)
    return [" ".join(draw.choices(words, k=tokens - overhead)) for _ in range(texts)]
