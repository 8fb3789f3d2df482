"""What the engine adds to llama.cpp's time, step by step: looked at from below, where it calls llama.cpp."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench.engine.say import Unmeasurable
from spinfer.inference.engine.llama import Sampler


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Milliseconds of one step, the median of many: llama.cpp's decode, drawing tokens, and neither."""

    decode: float
    sampling: float
    own: float


@dataclass(slots=True)
class _Step:
    rows: int
    began: int
    ended: int
    sampling: int = 0


@dataclass(slots=True)
class Record:
    """Every decode since the recording began, and the sampling that followed each."""

    steps: list[_Step] = field(default_factory=list)

    def times(self, rows: int) -> StepTimes:
        """Over the steps that decoded `rows` tokens, and were followed by another such step."""
        pairs = [
            (this, after)
            for this, after in zip(self.steps, self.steps[1:], strict=False)
            if this.rows == after.rows == rows
        ]
        if not pairs:
            raise Unmeasurable(f"no two steps of {rows} tokens followed each other")
        own = median(after.began - this.ended - this.sampling for this, after in pairs)
        sampling = median(this.sampling for this, _ in pairs)
        decode = median(this.ended - this.began for this, _ in pairs)
        return StepTimes(decode / 1e6, sampling / 1e6, own / 1e6)


@contextmanager
def recorded() -> Iterator[Record]:
    """Record the decodes of one engine: no other may be at work in this process meanwhile."""
    from llama_cpp import llama_cpp

    record = Record()
    decode, draw = llama_cpp.llama_decode, Sampler.draw
    llama_cpp.llama_decode = _timed_decode(record, decode)
    Sampler.draw = _timed_draw(record, draw)  # type: ignore[method-assign]
    try:
        yield record
    finally:
        llama_cpp.llama_decode = decode
        Sampler.draw = draw  # type: ignore[method-assign]


def _timed_decode(record: Record, decode: Callable[..., Any]) -> Callable[..., Any]:
    def timed(context: object, batch: Any) -> Any:
        began = time.perf_counter_ns()
        code = decode(context, batch)
        record.steps.append(_Step(batch.n_tokens, began, time.perf_counter_ns()))
        return code

    return timed


def _timed_draw(record: Record, draw: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: object) -> Any:
        began = time.perf_counter_ns()
        token = draw(*arguments)
        record.steps[-1].sampling += time.perf_counter_ns() - began
        return token

    return timed
