"""The engine's thread: callers come and go, and every one of them hears how it ended."""

from __future__ import annotations

import random
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import leftovers
from fakes.engine_model import RuleRunner, answer_to
from spinfer.errors import Busy, Cancelled, InferenceFailed
from spinfer.inference.engine.engine import Engine
from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.plan import BatchPlan
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.sequence import Ended, Failed, Generated, Sequence
from spinfer.inference.engine.thread import EngineThread
from spinfer.inference.types import SamplingParams

PATIENCE_S = 30
"""How long a test waits for what must happen soon, before it fails."""


class Bench:
    def __init__(self, runner: RuleRunner, parallel: int = 8, queue: int = 1000, cells: int = 600) -> None:
        self.runner = runner
        self.cache = KVCache(cells, 2 * parallel, keep=cells)
        self.engine = Engine(Scheduler(self.cache, batch_tokens=64, parallel=parallel), runner)
        self.thread = EngineThread("m", self.engine, places=parallel, queue=queue)


@contextmanager
def running(cells: int = 600, *, gated: bool = False, **options: int) -> Iterator[Bench]:
    bench = Bench(RuleRunner(cells, 64, gated=gated), cells=cells, **options)
    try:
        yield bench
    finally:
        bench.thread.close()


def sequence(prompt: list[int], most: int = 20) -> Sequence:
    return Sequence(array("i", prompt), SamplingParams(), 1, most, submitted_s=0)


def answer(one: Sequence) -> list[int]:
    tokens: list[int] = []
    while True:
        match one.outbox.get(timeout=PATIENCE_S):
            case Generated(some):
                tokens += some
            case Ended(some):
                return [*tokens, *some]
            case Failed(error):
                raise error


def ask(thread: EngineThread[Sequence], prompt: list[int], most: int = 20) -> list[int]:
    one = sequence(prompt, most)
    with thread.submitted(one):
        return answer(one)


def test_many_threads_and_random_departures() -> None:
    wrong: list[object] = []

    def caller(seed: int, thread: EngineThread[Sequence]) -> None:
        random_ = random.Random(seed)
        stem = list(range(4, 44))
        for _ in range(40):
            prompt = [*stem[: random_.randint(0, 40)], random_.randint(4, 63), seed + 4]
            most = random_.randint(1, 40)
            one = sequence(prompt, most)
            patience = random_.choice([None, None, 0, 1, 2])
            with thread.submitted(one):
                if patience is None:
                    if answer(one) != answer_to(prompt, most):
                        wrong.append((prompt, most))
                else:
                    for _ in range(patience):
                        if not isinstance(one.outbox.get(timeout=PATIENCE_S), Generated):
                            break

    with running(parallel=6, cells=400) as bench:
        threads = [threading.Thread(target=caller, args=(n, bench.thread)) for n in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(PATIENCE_S)
            assert not each.is_alive()
        assert not wrong
        ask(bench.thread, [5, 6])  # all that was posted before has been dealt with
    counters = bench.thread.counters
    assert counters == bench.engine.counters
    assert counters is not bench.engine.counters
    assert counters.failed == 0
    assert counters.finished + counters.cancelled == 8 * 40 + 1
    assert bench.cache.free == bench.cache.cells
    assert len(bench.runner.samplers) <= 1, "only the last one's end has not been carried out"
    assert bench.runner.closed


def test_closing_ends_all_that_run_and_all_that_wait() -> None:
    endings: list[str] = []

    def caller(n: int, thread: EngineThread[Sequence]) -> None:
        try:
            ask(thread, [5 + n, 6, 7], 500)
        except InferenceFailed as e:
            endings.append(str(e))

    with running(gated=True, parallel=8, cells=10_000) as bench:
        threads = [threading.Thread(target=caller, args=(n, bench.thread)) for n in range(20)]
        for each in threads:
            each.start()
        assert bench.runner.entered.wait(PATIENCE_S)
        while bench.thread.callers < 20:
            pass
        bench.thread.close()
        for each in threads:
            each.join(PATIENCE_S)
    assert endings == ["model 'm' was closed"] * 20
    with pytest.raises(InferenceFailed, match="model 'm' was closed"):
        ask(bench.thread, [5])
    bench.thread.close()


def test_beyond_the_queue_it_is_busy() -> None:
    with running(gated=True, parallel=2, queue=3) as bench:
        held = [sequence([5 + n, 6]) for n in range(5)]
        contexts = [bench.thread.submitted(one) for one in held]
        for each in contexts:
            each.__enter__()
        with pytest.raises(Busy, match=r"^model 'm' is busy: 3 requests queued$"):
            ask(bench.thread, [5])
        contexts.pop().__exit__(None, None, None)
        bench.runner.gate.set()
        assert ask(bench.thread, [5, 6]) == answer_to([5, 6], 20)
        for each in contexts:
            each.__exit__(None, None, None)


def test_an_empty_queue_still_serves_as_many_as_there_are_places() -> None:
    with running(parallel=2, queue=0) as bench:
        assert ask(bench.thread, [5, 6]) == answer_to([5, 6], 20)


def test_leaving_before_the_engine_has_even_looked() -> None:
    with running(gated=True, parallel=2) as bench:
        blocking = sequence([9, 9])
        with bench.thread.submitted(blocking):
            assert bench.runner.entered.wait(PATIENCE_S)
            leaving = sequence([5, 6])
            with bench.thread.submitted(leaving):
                pass
            bench.runner.gate.set()
            assert answer(blocking) == answer_to([9, 9], 20)
        with pytest.raises(Cancelled):
            answer(leaving)
    assert bench.cache.free == bench.cache.cells


class BrokenRunner(RuleRunner):
    def run(self, plan: BatchPlan) -> list[int]:
        if plan.chunks and plan.chunks[0].start > 4:
            raise ZeroDivisionError
        return super().run(plan)


def test_a_mistake_of_ours_reaches_every_caller_and_the_log(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(BrokenRunner(600, 64))
    with pytest.raises(InferenceFailed, match="internal error"):
        ask(bench.thread, [5, 6, 7], 500)
    with pytest.raises(InferenceFailed, match="internal error"):
        ask(bench.thread, [5, 6, 7], 500)
    bench.thread.close()
    assert bench.runner.closed
    (record,) = [r for r in caplog.records if r.levelname == "ERROR"]
    assert record.exc_info
    assert record.exc_info[0] is ZeroDivisionError


def test_a_closed_one_leaves_no_thread() -> None:
    before = leftovers.threads()
    with running():
        assert len(leftovers.threads() - before) == 1
    assert leftovers.threads() <= before
