"""The rows of one decode, in the arrays that llama.cpp reads."""

from __future__ import annotations

import ctypes
from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.handle import Native
from spinfer.inference.engine.llama.library import llama


class Batch:
    """Rows for one decode: gathered in lists, then put into the arrays that llama.cpp reads in one go.

    `every_row` is what a context that pools wants: an output for each token.
    """

    def __init__(self, capacity: int, *, every_row: bool = False) -> None:
        self._every_row = every_row
        self._arrays = {name: np.zeros(capacity, np.int32) for name in ("token", "pos", "seq_id")}
        self._counts = np.ones(capacity, np.int32)
        self._outputs = np.zeros(capacity, np.int8)
        first = self._arrays["seq_id"].ctypes.data
        self._seq_ids = first + 4 * np.arange(capacity, dtype=np.uintp)
        self._batch = self._structure()
        self.clear()

    def clear(self) -> None:
        self._rows: tuple[list[int], list[int], list[int]] = ([], [], [])
        self._wanted: list[int] = []

    def add(self, seq_id: int, start: int, tokens: array[int]) -> None:
        """Append one sequence's tokens, at positions from `start`."""
        token, pos, seq_ids = self._rows
        token.extend(tokens)
        pos.extend(range(start, start + len(tokens)))
        seq_ids.extend([seq_id] * len(tokens))

    def output_last_row(self) -> int:
        """Ask for the logits of the row added last; returns its number, for Context.sample."""
        row = len(self._rows[0]) - 1
        self._wanted.append(row)
        return row

    def as_argument(self) -> Native:
        """What llama_decode takes; good until the next clear()."""
        count = len(self._rows[0])
        for values, rows in zip(self._arrays.values(), self._rows, strict=True):
            values[:count] = rows
        self._outputs[:count] = self._every_row
        self._outputs[self._wanted] = 1
        self._batch.n_tokens = count
        return self._batch

    def _structure(self) -> Native:
        batch = llama.llama_batch()
        batch.token = _pointer(self._arrays["token"], llama.llama_token)
        batch.pos = _pointer(self._arrays["pos"], llama.llama_pos)
        batch.n_seq_id = _pointer(self._counts, ctypes.c_int32)
        batch.seq_id = _pointer(self._seq_ids, ctypes.POINTER(llama.llama_seq_id))
        batch.logits = _pointer(self._outputs, ctypes.c_int8)
        return batch


def _pointer(values: NDArray[Any], kind: Native) -> Native:
    return ctypes.cast(values.ctypes.data, ctypes.POINTER(kind))
