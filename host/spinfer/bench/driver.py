"""Makes the requests of a block as its load says, and notes when each was due and what became of it.

At one request at a time, nothing else happens in the process while one is under way: what is found is handed
on in between. With several, it is handed on at the end of the block.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from spinfer.bench import load as loads
from spinfer.bench import usage
from spinfer.bench.load import ONE_AT_A_TIME, Closed, Open
from spinfer.bench.record import Done, Usage
from spinfer.bench.schedule import Ask, Block
from spinfer.bench.targets.base import Outcome

AskOne = Callable[[Ask], Outcome]


Finished = Callable[[Done], None]


@dataclass(frozen=True, slots=True)
class BlockSpan:
    """A block from its first request to its last answer; `began_s` by `time.monotonic`."""

    began_s: float
    span: usage.Span


class Driver:
    """Threads that ask, in a `with` block. Leaving it waits for what is under way."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(loads.MOST_CALLERS, thread_name_prefix="bench-caller")
        self._stopped = threading.Event()

    def run(self, block: Block, ask: AskOne, finished: Finished, *, seed: int = 0) -> BlockSpan:
        """All of the block's requests; `seed` decides Poisson arrivals. Call it from the main thread.

        An exception on that thread, such as KeyboardInterrupt, ends the block: nothing more is asked.
        """
        usage.reset_peak()
        before = usage.load()
        try:
            if block.load == ONE_AT_A_TIME:
                self._pool.submit(self._one_by_one, block, ask, finished).result()
            else:
                self._together(block, ask, finished, seed)
        except BaseException:
            self._stopped.set()
            raise
        return BlockSpan(before.at_s, usage.load().since(before))

    def __enter__(self) -> Driver:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _one_by_one(self, block: Block, ask: AskOne, finished: Finished) -> None:
        for one in block.asks:
            if self._stopped.is_set():
                return
            before = time.process_time()
            due = time.monotonic()
            outcome = ask(one)
            cpu = time.process_time() - before
            if not self._stopped.is_set():
                finished(Done(one, due, outcome, Usage(cpu, usage.peak_bytes())))

    def _together(self, block: Block, ask: AskOne, finished: Finished, seed: int) -> None:
        found: list[tuple[Ask, float, Outcome]] = []
        before = time.process_time()
        match block.load:
            case Closed(concurrency):
                self._closed(block, ask, found, min(concurrency, len(block.asks)))
            case Open() as rate:
                self._open(block, ask, found, loads.due(rate, len(block.asks), seed))
        each = Usage((time.process_time() - before) / max(1, len(found)), usage.peak_bytes())
        for one, due, outcome in found:
            finished(Done(one, due, outcome, each))

    def _closed(
        self, block: Block, ask: AskOne, found: list[tuple[Ask, float, Outcome]], callers: int
    ) -> None:
        waiting: Iterator[Ask] = iter(block.asks)
        lock = threading.Lock()

        def call() -> None:
            while not self._stopped.is_set():
                with lock:
                    one = next(waiting, None)
                if one is None:
                    return
                due = time.monotonic()
                found.append((one, due, ask(one)))

        _wait([self._pool.submit(call) for _ in range(callers)])

    def _open(
        self, block: Block, ask: AskOne, found: list[tuple[Ask, float, Outcome]], due: list[float]
    ) -> None:
        began = time.monotonic()

        def call(one: Ask, at: float) -> None:
            if not self._stopped.is_set():
                found.append((one, at, ask(one)))

        running = []
        for one, after in zip(block.asks, due, strict=True):
            at = began + after
            time.sleep(max(0.0, at - time.monotonic()))
            running.append(self._pool.submit(call, one, at))
        _wait(running)


def _wait(running: list[Future[None]]) -> None:
    for future in running:
        future.result()
