"""The thread that a worker lives on: how jobs get there, how callers leave, how it all ends."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import Generic, TypeVar

from spinfer.errors import Busy, InferenceFailed
from spinfer.inference.engine.counters import Counters
from spinfer.inference.engine.worker import Job, Worker

_logger = logging.getLogger(__name__)

J = TypeVar("J", bound=Job)


@dataclass(frozen=True, slots=True)
class _Submit(Generic[J]):
    job: J


@dataclass(frozen=True, slots=True)
class _Leave(Generic[J]):
    job: J


@dataclass(frozen=True, slots=True)
class _Close:
    pass


class EngineThread(Generic[J]):
    """Runs `worker` for any number of callers, `places` jobs at once, at most `queue` more waiting.

    Every method may be called from any thread. Every submitted job ends: answered, failed, or abandoned by
    its caller. The thread is a daemon that is closed before the interpreter goes.
    """

    def __init__(self, name: str, worker: Worker[J], *, places: int, queue: int) -> None:
        self.name = name
        self._worker = worker
        self._places = places
        self._queue = queue
        self._inbox: SimpleQueue[_Submit[J] | _Leave[J] | _Close] = SimpleQueue()
        # Reentrant: a generator that is garbage-collected leaves on whatever thread that happens to be.
        self._lock = threading.RLock()
        self.callers = 0
        self._closed_because: str | None = None
        self._thread = threading.Thread(target=self._run, name=f"engine-{name}", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def __repr__(self) -> str:
        return f"<EngineThread {self.name}: {self.callers} callers>"

    @property
    def counters(self) -> Counters:
        """What its worker has done so far, closed or not; a copy."""
        return replace(self._worker.counters)

    @contextmanager
    def submitted(self, job: J) -> Iterator[None]:
        """The job is worked on while the block runs; leaving early cancels it within one step.

        Raises Busy, or InferenceFailed when the thread is closed.
        """
        with self._lock:
            self._admit()
            self.callers += 1
            self._inbox.put(_Submit(job))
        try:
            yield
        finally:
            with self._lock:
                self.callers -= 1
            if not job.ended:
                self._inbox.put(_Leave(job))

    def close(self) -> None:
        """End every job with InferenceFailed, free the worker, and wait for that. Twice is no mistake."""
        self._refuse(f"model '{self.name}' was closed")
        self._inbox.put(_Close())
        self._worker.interrupt()  # what it fails, the message that is already there explains
        self._thread.join()
        atexit.unregister(self.close)

    def _admit(self) -> None:
        if self._closed_because is not None:
            raise InferenceFailed(self._closed_because)
        if self.callers >= self._places + self._queue:
            waiting = self.callers - self._places
            raise Busy(f"model '{self.name}' is busy: {waiting} requests queued")

    def _refuse(self, reason: str) -> None:
        with self._lock:
            if self._closed_because is None:
                self._closed_because = reason

    def _run(self) -> None:
        try:
            while self._receive():
                self._worker.step()
        except Exception:
            _logger.exception("the engine of model '%s' stopped", self.name)
            self._refuse(f"model '{self.name}' stopped after an internal error; the host's log says which")
        finally:
            self._end()

    def _receive(self) -> bool:
        """Take what is in the inbox, waiting where there is nothing else to do. False: it is time to end."""
        while self._worker.idle or not self._inbox.empty():
            match self._inbox.get():
                case _Submit(job):
                    self._worker.add(job)
                case _Leave(job):
                    self._worker.cancel(job)
                case _Close():
                    return False
        return True

    def _end(self) -> None:
        """Nothing is submitted any more, so what is left in the inbox is all there is."""
        reason = self._closed_because or f"model '{self.name}' was closed"
        while not self._inbox.empty():
            match self._inbox.get():
                case _Submit(job):
                    job.fail(InferenceFailed(reason))
                case _:
                    pass
        self._worker.fail_all(reason)
        self._worker.close()
