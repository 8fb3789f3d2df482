"""What one step of the engine is to do, as values, and the contract of whoever does it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Protocol

from spinfer.inference.types import SamplingParams


@dataclass(frozen=True, slots=True)
class Copy:
    """Sequence `target` shares the first `length` cells of `source`."""

    source: int
    target: int
    length: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Sequence `seq_id` lets go of all its cells."""

    seq_id: int


@dataclass(frozen=True, slots=True)
class Save:
    """What `seq_id` holds is copied out of the cache, its first `length` cells, to be known as `key`."""

    seq_id: int
    key: int
    length: int


@dataclass(frozen=True, slots=True)
class Restore:
    """Sequence `seq_id`, which is new, begins with the first `length` cells of what was saved as `key`.

    Until it is cut to that length, all of what was saved takes up cells.
    """

    key: int
    seq_id: int
    length: int


@dataclass(frozen=True, slots=True)
class Forget:
    """What was saved as `key` is not needed any more."""

    key: int


Edit = Copy | Remove | Save | Restore | Forget


@dataclass(frozen=True, slots=True)
class Begin:
    """Sequence `seq_id` will be sampled this way; `history` holds the last tokens of its prompt."""

    seq_id: int
    params: SamplingParams
    seed: int
    history: array[int]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tokens of one sequence, at positions from `start` on; `sample` draws the token after the last."""

    seq_id: int
    start: int
    tokens: array[int]
    sample: bool


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """One step. Order: `edits` as listed, `ended`, `begun`, then all of `chunks` in one decode."""

    edits: tuple[Edit, ...] = ()
    ended: tuple[int, ...] = ()
    begun: tuple[Begin, ...] = ()
    chunks: tuple[Chunk, ...] = ()

    @property
    def tokens(self) -> int:
        return sum(len(chunk.tokens) for chunk in self.chunks)

    def __bool__(self) -> bool:
        return bool(self.edits or self.ended or self.begun or self.chunks)


class DecodeFailed(Exception):
    """A step could not be computed; what its sequences hold in the cache is worth nothing now.

    `code` is what llama_decode returned.
    """

    ABORTED = 2

    def __init__(self, code: int) -> None:
        super().__init__(f"llama_decode returned {code}")
        self.code = code

    @property
    def interrupted(self) -> bool:
        """It was asked to stop; all is about to end."""
        return self.code == self.ABORTED


class Runner(Protocol):
    """What the engine steps on; its thread only, but for interrupt()."""

    def run(self, plan: BatchPlan) -> list[int]:
        """The tokens drawn, one for each chunk that samples, in their order. Raises DecodeFailed."""
        ...

    def ends(self, token: int) -> bool:
        """Whether the token ends a generation."""
        ...

    def interrupt(self) -> None:
        """Any thread: let the step under way, and every later one, fail soon."""
        ...

    def close(self) -> None: ...
