"""Waits on a guest's thread for a socket of libpq's, until it is ready or nobody wants it any more."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from spinfer.inference.cancellation import Cancellation

READ = select.POLLIN
WRITE = select.POLLOUT


class Waiter:
    """Belongs to one connection; close it."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._end: float | None = None
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)

    @contextmanager
    def listening(self, within_s: float | None = None) -> Iterator[None]:
        """A cancellation ends what `wait` waits for, within this block, and so does the end of its time."""
        self._end = None if within_s is None else time.monotonic() + within_s
        with self._cancellation.listening(self._rouse):
            yield

    def wait(self, descriptor: int, events: int) -> None:
        """Raises Cancelled when the guest's caller leaves, or TimeoutError."""
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        poll.register(descriptor, events)
        ready = poll.poll(None if self._end is None else max(0.0, self._end - time.monotonic()) * 1000)
        self._cancellation.check()
        if not ready:
            raise TimeoutError

    def resume(self, cancellation: Cancellation) -> None:
        """Listen to this one from now on."""
        self._cancellation = cancellation

    def close(self) -> None:
        self._woken.close()
        self._wake.close()

    def _rouse(self) -> None:
        with suppress(OSError):
            self._wake.send(b"\0")
