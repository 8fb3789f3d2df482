"""A bounded number of threads for guests, and a bounded queue before them.

Of guests that have just begun, no more run at once than there are cores: they mostly compute, every few
microseconds one of them needs the interpreter's lock, and so does the event loop; more would only take turns.
One that has run for a while mostly waits, for a model or a client, or has wasm to run, and counts no more.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

THREADS = 32
"""Guests that run at once. Most of them wait for a model or a client: it is memory that sets the bound."""
QUEUE = 256
"""Requests that wait for a thread."""
YOUNG_S = 0.01
"""How long a guest counts as one that has just begun."""
MOST_YOUNG = 3
"""However many cores there are: one interpreter's lock serves no more."""

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


_Bed = threading.Lock
"""What a thread sleeps on: a lock that is free once somebody has woken it."""


class GuestThreads:
    """Runs jobs, first come, first served; every method may be called from any thread.

    Threads start with the first jobs that need them and stay. The last to fall asleep is the first to be
    woken: its memory is still at hand. They are daemons: a guest that cannot be interrupted must not keep the
    process from ending.
    """

    def __init__(self, threads: int = THREADS, queue: int = QUEUE, *, young: int | None = None) -> None:
        """`young`: how many may run at once that have just begun; None: by the number of cores."""
        self._limit = threads
        self._places = threads + queue
        self._most_young = young or min(MOST_YOUNG, len(os.sched_getaffinity(0)))
        self._lock = threading.Lock()
        self._asleep: list[_Bed] = []
        self._waiting: dict[Ticket, None] = {}
        self._begun: dict[Ticket, float] = {}
        """Those that have just begun, and when, oldest first; some are older by now."""
        self._watched = False
        """An idle thread sleeps no longer than until the first of what waits may begin."""
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
        with self._lock:
            if self._closed or self._busy + len(self._waiting) >= self._places:
                raise Full
            self._waiting[ticket] = None
            self._rouse()
        return ticket

    def close(self, timeout_s: float) -> bool:
        """Take nothing more, forget what waits, and wait for the rest; whether all threads ended in time."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            while self._asleep:
                self._asleep.pop().release()
            threads = tuple(self._threads)
        end = time.monotonic() + timeout_s
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def _rouse(self) -> None:
        """See to it that an idle thread takes what waits, or watches until it may. The lock is held."""
        if not self._waiting or (self._watched and self._crowded_s()):
            return
        if self._asleep:
            self._asleep.pop().release()
        elif self._busy == len(self._threads) < self._limit:  # else one is waking up, and sees to it
            self._start()

    def _crowded_s(self) -> float:
        """How long until one more may begin, 0 for now. The lock is held."""
        now = time.monotonic()
        for ticket, begun in [*self._begun.items()]:
            if begun + YOUNG_S > now:
                return 0.0 if len(self._begun) < self._most_young else begun + YOUNG_S - now
            del self._begun[ticket]
        return 0.0

    def _start(self) -> None:
        """One more thread. The lock is held."""
        name = f"spinfer-guest-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        bed = threading.Lock()
        bed.acquire()
        while (ticket := self._next(bed)) is not None:
            try:
                ticket.job()
            except Exception:
                log.exception("a guest thread's job failed")
            with self._lock:
                self._busy -= 1
                self._begun.pop(ticket, None)
            del ticket  # with all that its job holds on to, rather than when the next one comes

    def _next(self, bed: _Bed) -> Ticket | None:
        with self._lock:
            while not self._closed and (not self._waiting or self._crowded_s()):
                self._sleep(bed)
            if self._closed:
                return None
            self._busy += 1
            ticket = next(iter(self._waiting))
            del self._waiting[ticket]
            self._begun[ticket] = time.monotonic()
            self._rouse()
            return ticket

    def _sleep(self, bed: _Bed) -> None:
        """Until there may be something to take; one thread watches what has to wait. The lock is held."""
        watching = bool(self._waiting) and not self._watched
        self._watched = self._watched or watching
        self._asleep.append(bed)
        timeout_s = self._crowded_s() if watching else -1
        self._lock.release()
        woken = bed.acquire(timeout=timeout_s)
        self._lock.acquire()
        if not woken and bed in self._asleep:
            self._asleep.remove(bed)
        elif not woken:
            bed.acquire()  # somebody woke it just now
        if watching:
            self._watched = False

    def _withdraw(self, ticket: Ticket) -> bool:
        with self._lock:
            if ticket not in self._waiting:
                return False
            del self._waiting[ticket]
            return True
