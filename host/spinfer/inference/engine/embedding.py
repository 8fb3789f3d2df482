"""The embedding engine's step: texts of many callers, packed into as few decodes as fit."""

from __future__ import annotations

import logging
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from spinfer.errors import Cancelled, InferenceError, InferenceFailed
from spinfer.inference.engine.counters import Counters
from spinfer.inference.engine.plan import DecodeFailed
from spinfer.inference.engine.sequence import Failed

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Embedded:
    """The last event of a job that was answered: float32 of shape (texts, dimensions), unit norm."""

    vectors: NDArray[np.float32]


@dataclass(slots=True, eq=False)
class EmbeddingJob:
    """One caller's texts, as tokens; none is empty, and each fits one batch."""

    texts: tuple[array[int], ...]
    outbox: SimpleQueue[Embedded | Failed] = field(default_factory=SimpleQueue)
    ended: bool = field(default=False, init=False)
    started: int = field(default=0, init=False)
    """Texts that have gone into a batch."""
    vectors: list[NDArray[np.float32]] = field(default_factory=list, init=False)

    def answer(self) -> None:
        self.ended = True
        self.outbox.put(Embedded(np.stack(self.vectors)))

    def fail(self, error: InferenceError) -> None:
        self.ended = True
        self.outbox.put(Failed(error))


Place: TypeAlias = tuple[EmbeddingJob, int]
"""A text in a batch: whose it is, and which of theirs."""


class Encoder(Protocol):
    """What the embedding engine steps on; its thread only, but for interrupt()."""

    @property
    def batch_tokens(self) -> int: ...

    @property
    def batch_texts(self) -> int: ...

    def encode(self, texts: Sequence[array[int]]) -> NDArray[np.float32]:
        """The pooled vectors, in order, not normalised. Raises DecodeFailed."""
        ...

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


class EmbeddingEngine:
    """A Worker: each step takes one text of each job in turn until the batch is full."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._jobs: deque[EmbeddingJob] = deque()
        self.counters = Counters()

    def __repr__(self) -> str:
        return f"<EmbeddingEngine {len(self._jobs)} jobs>"

    @property
    def idle(self) -> bool:
        return not self._jobs

    def add(self, job: EmbeddingJob) -> None:
        self._jobs.append(job)

    def cancel(self, job: EmbeddingJob) -> None:
        if not job.ended:
            self._jobs.remove(job)
            job.fail(Cancelled("the caller has left"))
            self.counters.cancelled += 1

    def step(self) -> None:
        packed = pack(self._jobs, self._encoder.batch_tokens, self._encoder.batch_texts)
        try:
            vectors = self._encoder.encode([job.texts[index] for job, index in packed])
        except DecodeFailed as e:
            self._fail(packed, e)
        else:
            self._settle(packed, _normalized(vectors))

    def fail_all(self, reason: str) -> None:
        for job in self._jobs:
            if not job.ended:
                job.fail(InferenceFailed(reason))
                self.counters.failed += 1

    def interrupt(self) -> None:
        self._encoder.interrupt()

    def close(self) -> None:
        self._encoder.close()

    def _settle(self, packed: list[Place], vectors: NDArray[np.float32]) -> None:
        self.counters.steps += 1
        for (job, index), vector in zip(packed, vectors, strict=True):
            job.vectors.append(vector)
            self.counters.embedded_texts += 1
            self.counters.prompt_tokens += len(job.texts[index])
        for job in [job for job in self._jobs if len(job.vectors) == len(job.texts)]:
            self._jobs.remove(job)
            job.answer()
            self.counters.finished += 1

    def _fail(self, packed: list[Place], error: DecodeFailed) -> None:
        if error.interrupted:
            return  # fail_all() follows, and says why
        _logger.error("%s, with %d texts", error, len(packed))
        for job in {job for job, _ in packed}:
            self._jobs.remove(job)
            job.fail(InferenceFailed(f"the model could not be computed ({error})"))
            self.counters.failed += 1


def pack(jobs: deque[EmbeddingJob], tokens: int, texts: int) -> list[Place]:
    """Choose the next texts, one job after the other, as many as fit; they count as started.

    The jobs are left in such an order that whoever comes next is first.
    """
    chosen: list[Place] = []
    passed = 0
    while passed < len(jobs) and len(chosen) < texts:
        job = jobs[0]
        if job.started < len(job.texts) and len(job.texts[job.started]) <= tokens:
            tokens -= len(job.texts[job.started])
            chosen.append((job, job.started))
            job.started += 1
            passed = 0
        elif job.started < len(job.texts):
            break
        else:
            passed += 1
        jobs.rotate(-1)
    return chosen


def _normalized(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, np.finfo(np.float32).tiny), np.float32)
