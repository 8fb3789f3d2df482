"""A model of 64 tokens that answers by rule, one layer below the engine: it takes the place of llama.cpp.

What comes next depends on every token before it, so that a cell of the wrong sequence, or at the wrong
position, changes the answer. It keeps a cache as llama.cpp does, and fails the test where a plan breaks
llama.cpp's rules.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.plan import BatchPlan, Copy, DecodeFailed, Edit, Forget, Remove, Restore, Save

END = 2
"""The token that ends an answer."""

FIRST_WORD = 4


def next_token(tokens: Sequence[int]) -> int:
    """The rule: one answer in forty ends at any point."""
    mixed = 7
    for token in tokens:
        mixed = (mixed * 31 + token) % 65521
    return END if mixed % 40 == 0 else FIRST_WORD + mixed % 60


def answer_to(prompt: Sequence[int], most: int) -> list[int]:
    """What an engine must generate for the prompt, however busy it is."""
    tokens = list(prompt)
    while len(tokens) - len(prompt) < most and (token := next_token(tokens)) != END:
        tokens.append(token)
    return tokens[len(prompt) :]


class RuleRunner:
    """A Runner over `cells` cells. `fail_steps` numbers the decodes that fail, from 0.

    With a `gate`, each decode waits for it to be set; interrupt() lets it go with an error.
    """

    def __init__(
        self, cells: int, batch_tokens: int, *, fail_steps: frozenset[int] = frozenset(), gated: bool = False
    ) -> None:
        self._cells = cells
        self._batch_tokens = batch_tokens
        self._fail_steps = fail_steps
        self._stored: dict[int, list[tuple[int, int]]] = {}
        self._next_cell = 0
        self.saved: dict[int, list[int]] = {}
        self.samplers: set[int] = set()
        self.decodes = 0
        self.plans: list[BatchPlan] = []
        self.closed = False
        self.interrupted = False
        self.gate = threading.Event()
        self.entered = threading.Event()
        if not gated:
            self.gate.set()

    @property
    def cells_used(self) -> int:
        return len({cell for cells in self._stored.values() for cell, _ in cells})

    def ends(self, token: int) -> bool:
        return token == END

    def run(self, plan: BatchPlan) -> list[int]:
        assert not self.closed
        self.plans.append(plan)
        for edit in plan.edits:
            self._edit(edit)
        for seq_id in plan.ended:
            self.samplers.remove(seq_id)
        for begin in plan.begun:
            assert begin.seq_id not in self.samplers
            self.samplers.add(begin.seq_id)
        return self._decode(plan) if plan.chunks else []

    def interrupt(self) -> None:
        self.interrupted = True
        self.gate.set()

    def close(self) -> None:
        self.closed = True

    def _edit(self, edit: Edit) -> None:
        match edit:
            case Copy(source, target, length):
                assert not self._stored.get(target), "the target is in use"
                assert len(self._stored[source]) >= length, "the source has not come so far"
                self._stored[target] = self._stored[source][:length]
            case Remove(seq_id):
                self._stored.pop(seq_id, None)
            case Save(seq_id, key, length):
                assert len(self._stored[seq_id]) >= length, "the sequence has not come so far"
                del self._stored[seq_id][length:]
                self.saved[key] = [token for _, token in self._stored[seq_id]]
            case Restore(key, seq_id, length):
                assert not self._stored.get(seq_id), "the target is in use"
                self._store(seq_id, self.saved[key])
                assert self.cells_used <= self._cells, "llama.cpp would find no room for all of it"
                del self._stored[seq_id][length:]
            case Forget(key):
                del self.saved[key]

    def _store(self, seq_id: int, tokens: Sequence[int]) -> None:
        stored = self._stored.setdefault(seq_id, [])
        for token in tokens:
            stored.append((self._next_cell, token))
            self._next_cell += 1

    def _decode(self, plan: BatchPlan) -> list[int]:
        self.entered.set()
        self.gate.wait()
        self.decodes += 1
        if self.interrupted:
            raise DecodeFailed(DecodeFailed.ABORTED)
        if self.decodes - 1 in self._fail_steps:
            raise DecodeFailed(-3)
        assert plan.tokens <= self._batch_tokens
        for chunk in plan.chunks:
            stored = self._stored.setdefault(chunk.seq_id, [])
            assert chunk.start == len(stored), "positions have a gap"
            self._store(chunk.seq_id, chunk.tokens)
        assert self.cells_used <= self._cells, "llama.cpp would find no slot"
        assert all(chunk.seq_id in self.samplers for chunk in plan.chunks)
        return [next_token([token for _, token in self._stored[c.seq_id]]) for c in plan.chunks if c.sample]


class RuleEncoder:
    """An Encoder: the vector of a text is made of its tokens alone."""

    def __init__(self, batch_tokens: int = 16, batch_texts: int = 4, *, fail: bool = False) -> None:
        self.batch_tokens = batch_tokens
        self.batch_texts = batch_texts
        self.batches: list[list[list[int]]] = []
        self.closed = False
        self._fail = fail

    def encode(self, texts: Sequence[array[int]]) -> NDArray[np.float32]:
        assert 0 < len(texts) <= self.batch_texts
        assert sum(map(len, texts)) <= self.batch_tokens
        self.batches.append([list(text) for text in texts])
        if self._fail:
            raise DecodeFailed(-3)
        return np.stack([rule_vector(text) for text in texts])

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def rule_vector(text: Sequence[int]) -> NDArray[np.float32]:
    return np.array([sum(text), len(text), text[0], 1], np.float32)
