"""A bounded number of threads for guests, and a bounded queue before them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

THREADS = 32
"""Guests that run at once. Most of them wait for a model or a client: it is memory that sets the bound."""
QUEUE = 256
"""Requests that wait for a thread."""

log = logging.getLogger(__name__)


class Full(Exception):
    """All threads are busy and the queue is full, or nothing is taken any more: ask again later."""


class Ticket:
    """A job's place, first in the queue and then on a thread."""

    __slots__ = ("_threads", "job")

    def __init__(self, threads: GuestThreads, job: Callable[[], None]) -> None:
        self._threads = threads
        self.job = job

    def withdraw(self) -> bool:
        """Whether it was still waiting, and now never runs. Any thread."""
        return self._threads._withdraw(self)


class GuestThreads:
    """Runs jobs, first come, first served; every method may be called from any thread.

    Threads start with the first jobs that need them and stay. They are daemons: a guest that cannot be
    interrupted must not keep the process from ending.
    """

    def __init__(self, threads: int = THREADS, queue: int = QUEUE) -> None:
        self._limit = threads
        self._places = threads + queue
        self._changed = threading.Condition()
        self._waiting: dict[Ticket, None] = {}
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._closed = False

    def __repr__(self) -> str:
        return f"<GuestThreads: {self.busy} of {self._limit} busy, {len(self._waiting)} waiting>"

    @property
    def busy(self) -> int:
        """Threads that have a job."""
        return self._busy

    def submit(self, job: Callable[[], None]) -> Ticket:
        """Run `job`, which should not raise, on one of the threads. Raises Full."""
        ticket = Ticket(self, job)
        with self._changed:
            if self._closed or self._busy + len(self._waiting) >= self._places:
                raise Full
            self._waiting[ticket] = None
            idle = len(self._threads) - self._busy
            if len(self._waiting) > idle and len(self._threads) < self._limit:
                self._start()
            else:
                self._changed.notify()
        return ticket

    def close(self, timeout_s: float) -> bool:
        """Take nothing more, forget what waits, and wait for the rest; whether all threads ended in time."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            threads = tuple(self._threads)
        end = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _start(self) -> None:
        """One more thread. The lock is held."""
        name = f"spinfer-guest-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while (ticket := self._next()) is not None:
            try:
                ticket.job()
            except Exception:
                log.exception("a guest thread's job failed")
            del ticket  # with all that its job holds on to, rather than when the next one comes
            with self._changed:
                self._busy -= 1

    def _next(self) -> Ticket | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            self._busy += 1
            ticket = next(iter(self._waiting))
            del self._waiting[ticket]
            return ticket

    def _withdraw(self, ticket: Ticket) -> bool:
        with self._changed:
            if ticket not in self._waiting:
                return False
            del self._waiting[ticket]
            return True
