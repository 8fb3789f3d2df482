"""The engine's step: schedule, run, settle."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from spinfer.errors import Cancelled, InferenceFailed
from spinfer.inference.engine.counters import Counters
from spinfer.inference.engine.plan import BatchPlan, Chunk, DecodeFailed, Runner
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.sequence import Phase, Sequence
from spinfer.inference.types import FinishReason

_logger = logging.getLogger(__name__)


class Engine:
    """Many sequences, one model. One thread, but for interrupt()."""

    def __init__(
        self, scheduler: Scheduler, runner: Runner, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._scheduler = scheduler
        self._runner = runner
        self._clock = clock
        self.counters = Counters()

    def __repr__(self) -> str:
        return f"<Engine: {self._scheduler!r}, {self._scheduler.cache!r}>"

    @property
    def idle(self) -> bool:
        return self._scheduler.idle

    def add(self, sequence: Sequence) -> None:
        self._scheduler.add(sequence)

    def cancel(self, sequence: Sequence) -> None:
        if sequence.ended:
            return
        self._scheduler.remove(sequence, keep=sequence.keep)
        sequence.fail(Cancelled("the caller has left"))
        self.counters.cancelled += 1

    def step(self) -> None:
        plan = self._scheduler.schedule()
        self._start(plan)
        try:
            drawn = self._runner.run(plan)
        except DecodeFailed as e:
            self._fail(plan, e)
        else:
            self._settle(plan, drawn)

    def fail_all(self, reason: str) -> None:
        for sequence in self._scheduler.sequences:
            if not sequence.ended:
                sequence.fail(InferenceFailed(reason))
                self.counters.failed += 1

    def interrupt(self) -> None:
        self._runner.interrupt()

    def close(self) -> None:
        self._runner.close()

    def _start(self, plan: BatchPlan) -> None:
        if plan.begun:
            now = self._clock()
            for begin in plan.begun:
                sequence = self._scheduler.running(begin.seq_id)
                sequence.start(now)
                self.counters.cached_prompt_tokens += sequence.cached_prompt_tokens

    def _settle(self, plan: BatchPlan, drawn: list[int]) -> None:
        now = self._clock()
        self.counters.steps += bool(plan.chunks)
        tokens = iter(drawn)
        for chunk in plan.chunks:
            sequence = self._scheduler.running(chunk.seq_id)
            self._store(sequence, chunk)
            if chunk.sample:
                self._take(sequence, next(tokens), now)

    def _store(self, sequence: Sequence, chunk: Chunk) -> None:
        assert sequence.lease is not None
        sequence.lease.stored += len(chunk.tokens)
        if sequence.phase is Phase.PREFILL:
            self.counters.prompt_tokens += len(chunk.tokens)
            if chunk.sample:
                sequence.move(Phase.DECODE)

    def _take(self, sequence: Sequence, token: int, now: float) -> None:
        if self._runner.ends(token):
            self._finish(sequence, FinishReason.STOP)
            return
        sequence.accept(token, now)
        self.counters.generated_tokens += 1
        if sequence.generated == sequence.max_new_tokens:
            self._finish(sequence, FinishReason.LENGTH)

    def _finish(self, sequence: Sequence, reason: FinishReason) -> None:
        self._scheduler.remove(sequence, keep=True)
        sequence.end(reason)
        self.counters.finished += 1

    def _fail(self, plan: BatchPlan, error: DecodeFailed) -> None:
        """Half a step may be in the cache; nothing that took part in it can be trusted."""
        if error.interrupted:
            return  # fail_all() follows, and says why
        _logger.error("%s, with %d tokens of %d sequences", error, plan.tokens, len(plan.chunks))
        for chunk in plan.chunks:
            sequence = self._scheduler.running(chunk.seq_id)
            self._scheduler.remove(sequence, keep=False)
            sequence.fail(InferenceFailed(f"the model could not be computed ({error})"))
            self.counters.failed += 1
