"""How likely a model finds a text: the log-probability of each token, given those before it."""

from __future__ import annotations

from array import array
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.llama import Batch, Context, Model

ROWS = 64
"""Tokens of one decode, each with its logits: at most this times the vocabulary is held at once."""


class Scorer:
    """Scores texts in a llama.cpp context of its own, in a `with` block, on the thread that made it.

    Temperature, penalties and the like play no part: what counts is the model's own distribution. The model
    may answer others meanwhile. Raises CannotLoad.
    """

    def __init__(self, model: Model, *, context_tokens: int, threads: int) -> None:
        # llama.cpp gives logits for as many rows of a batch as there may be sequences
        self._context = Context(
            model, cells=context_tokens, sequences=ROWS, batch_tokens=ROWS, threads=threads
        )
        self._batch = Batch(ROWS, every_row=True)

    def score(self, prompt: array[int], answer: array[int]) -> NDArray[np.float64]:
        """The natural logarithm of each answer token's probability; shape (tokens of the answer,).

        The prompt has at least one token, and both fit the context. Raises DecodeFailed.
        """
        tokens = prompt + answer
        found = np.empty(len(answer))
        self._context.clear()
        for start in range(0, len(tokens) - 1, ROWS):
            part = tokens[start : min(start + ROWS, len(tokens) - 1)]
            self._batch.clear()
            self._batch.add(0, start, part)
            self._context.decode(self._batch)
            for row in range(len(part)):
                place = start + row + 1 - len(prompt)
                if place >= 0:
                    found[place] = log_probability(self._context.logits(row), answer[place])
        return found

    def __enter__(self) -> Scorer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()


def log_probability(logits: NDArray[np.float32], token: int) -> float:
    """Of one token under the softmax of `logits`, added up in double precision."""
    values = logits.astype(np.float64)
    greatest = values.max()
    return float(values[token] - greatest - np.log(np.exp(values - greatest).sum()))
