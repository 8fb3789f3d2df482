"""Waits on a guest's thread for a socket of libpq's, until it is ready or nobody wants it any more."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from spinfer.inference.cancellation import Cancellation

READ = select.POLLIN
WRITE = select.POLLOUT


class Waiter:
    """Belongs to one connection; close it."""

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """A cancellation ends what `wait` waits for, within this block."""
        with self._cancellation.listening(self._rouse):
            yield

    def wait(self, descriptor: int, events: int, timeout_s: float | None = None) -> bool:
        """Whether it became ready in time. Raises Cancelled when the guest's caller leaves."""
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        poll.register(descriptor, events)
        ready = poll.poll(None if timeout_s is None else max(0.0, timeout_s * 1000))
        self._cancellation.check()
        return bool(ready)

    def close(self) -> None:
        self._woken.close()
        self._wake.close()

    def _rouse(self) -> None:
        with suppress(OSError):
            self._wake.send(b"\0")
