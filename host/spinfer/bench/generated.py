"""Prompts of an exact number of tokens, made of words that are one token each."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable

from spinfer.errors import ConfigError

COMMON = """
the of and a to in is was for on it as with by he at from his an be are this that or had you one
what which all there were we out up time about who them then if way will no make like day into two
more these her long see him has look good could first water been call who now find down did get come
made may part cat dog home
"""
"""English words, most of which are one token in most vocabularies."""

_TRIES = 50

Tokenize = Callable[[str], "array[int]"]


class Generator:
    """Makes prompts for one model: `tokenize` counts what the model reads, chat template and all."""

    def __init__(self, model: str, tokenize: Tokenize) -> None:
        self._model = model
        self._tokenize = tokenize
        self._words = [
            word
            for word in COMMON.split()
            if self._count(f"the {word} {word}") - self._count(f"the {word}") == 1
        ]
        self._around = self._count("the") - 1

    def prompt(self, tokens: int, seed: str) -> str:
        """A text of exactly so many tokens; another for each seed. Raises ConfigError."""
        draw = random.Random(f"{seed}:{tokens}")
        if tokens > self._around and self._words:
            for _ in range(_TRIES):
                if (text := self._try(tokens, draw)) is not None:
                    return text
        raise ConfigError(
            f"no prompt of {tokens} tokens can be made for model '{self._model}'",
            where="--prompt-tokens",
            cure=f"What stands around a prompt takes {self._around} of them: ask for more."
            if tokens <= self._around
            else "Give prompts of your own with --prompts.",
        )

    def _try(self, tokens: int, draw: random.Random) -> str | None:
        """Words that stand together may become fewer tokens: so it is counted, and mended."""
        words = draw.choices(self._words, k=tokens - self._around)
        for _ in range(_TRIES):
            short = tokens - self._count(" ".join(words))
            if short == 0:
                return " ".join(words)
            words = words + draw.choices(self._words, k=short) if short > 0 else words[:short]
            if not words:
                return None
        return None

    def _count(self, text: str) -> int:
        return len(self._tokenize(text))
