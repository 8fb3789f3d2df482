"""Threads for requests: one more where all are busy, and none that keeps the process from ending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue


class RequestThreads:
    """As many threads as there ever were jobs at once; they stay for the next ones.

    One thread calls run() and, after the last of those, end().
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._free = threading.Semaphore(0)
        """Threads that are idle, or about to be, and that no job counts on."""
        self._threads: list[threading.Thread] = []

    def run(self, job: Callable[[], None]) -> None:
        """Run `job`, which must not raise, at once. Raises RuntimeError where no thread can be started."""
        if not self._free.acquire(blocking=False):
            self._start()
        self._jobs.put(job)

    def end(self) -> None:
        """Each thread ends when it has finished its job."""
        for _ in self._threads:
            self._jobs.put(None)

    def join(self, timeout_s: float) -> bool:
        """Wait for that; whether all have ended in time."""
        end = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _start(self) -> None:
        name = f"{self._name}-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # with all that it holds on to, rather than when the next one comes
            self._free.release()
