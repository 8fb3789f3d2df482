"""The asking side of the wire: calls under way, and the thread that brings each what it is answered."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from spinfer.errors import Cancelled, InferenceError, InferenceFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.sharing.messages import Failed, Leave, Question
from spinfer.inference.sharing.wire import Wire

_logger = logging.getLogger(__name__)


class Call:
    """One question, and what comes back. One thread listens; any thread may end it with fail()."""

    __slots__ = ("_cancellation", "_heard", "_over", "_wire", "number")

    def __init__(self, wire: Wire, number: int, cancellation: Cancellation) -> None:
        self.number = number
        self._wire = wire
        self._cancellation = cancellation
        self._heard: SimpleQueue[object] = SimpleQueue()
        self._over = False
        """The other side has been heard to the end, or told to stop."""

    def ask(self, question: Question) -> None:
        self._wire.send((self.number, question))

    def hear(self) -> object:
        """What comes next, waiting for it. Raises what the other side raised, or what fail() was given.

        Once it is cancelled it raises Cancelled, whatever had come before.
        """
        heard = self._heard.get()
        if not isinstance(heard, str | InferenceError):
            self._over = True
        self._cancellation.check()
        if isinstance(heard, InferenceError):
            raise heard  # from fail(), which may not have told the other side yet
        if isinstance(heard, Failed):
            raise heard.error
        return heard

    def tell(self, heard: object) -> None:
        """For the thread that reads."""
        self._heard.put(heard)

    def fail(self, error: InferenceError) -> None:
        """Listen no longer: hear() raises this, and the other side stops. Any thread; it is quick."""
        self._heard.put(error)
        self.leave()

    def leave(self) -> None:
        """The other side stops, if it has not."""
        if not self._over:
            self._over = True
            self._wire.send((self.number, Leave()))


class Calls:
    """Asks over `connection`, which it owns. Every method may be called from any thread, many at once.

    To be made in the process that asks: threads do not live through a fork.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._wire = Wire(connection)
        self._numbers = itertools.count(1)
        # Reentrant: a generator that is garbage-collected ends its call on whatever thread that may be.
        self._lock = threading.RLock()
        self._under_way: dict[int, Call] = {}
        self._ended: Failed | None = None
        self._reader = threading.Thread(target=self._read, name="shared-models", daemon=True)
        self._reader.start()

    def __repr__(self) -> str:
        return f"<Calls: {self.under_way} under way>"

    @property
    def under_way(self) -> int:
        """Calls that somebody listens to."""
        return len(self._under_way)

    @contextmanager
    def asked(self, question: Question, cancellation: Cancellation) -> Iterator[Call]:
        """Ask, and listen while the block runs; leaving it early stops the other side, as cancelling does.

        Raises InferenceFailed where the connection has ended.
        """
        call = self._open(cancellation)
        try:
            call.ask(question)
            with cancellation.listening(lambda: call.fail(Cancelled("the caller has left"))):
                yield call
        finally:
            with self._lock:
                self._under_way.pop(call.number, None)
            call.leave()

    def close(self) -> None:
        """End the connection: everything under way fails. Twice is no mistake."""
        self._end("the connection to the models was closed")
        self._wire.end()
        self._reader.join()

    def _open(self, cancellation: Cancellation) -> Call:
        with self._lock:
            if self._ended is not None:
                raise self._ended.error
            call = Call(self._wire, next(self._numbers), cancellation)
            self._under_way[call.number] = call
            return call

    def _read(self) -> None:
        try:
            for number, heard in self._wire.messages():
                self._tell(number, heard)
                del heard  # an answer may be large, and the next may be long in coming
        except Exception:
            _logger.exception("the connection to the models broke")
        finally:
            self._end("the process that holds the models has ended")
            self._wire.end()
            self._wire.free()

    def _tell(self, number: int, heard: object) -> None:
        with self._lock:
            call = self._under_way.get(number)
        if call is not None:  # else it was left, and the other side had not heard of it yet
            call.tell(heard)

    def _end(self, reason: str) -> None:
        with self._lock:
            if self._ended is None:
                self._ended = Failed.of(InferenceFailed(reason))
            left = self._under_way.copy()
        for call in left.values():
            call.tell(self._ended)
