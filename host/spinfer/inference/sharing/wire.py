"""Messages over a socket between two processes of ours: pickled, each behind its length."""

from __future__ import annotations

import contextlib
import pickle
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct("=Q")
_BUFFER_BYTES = 1 << 16
"""Read at once, so that small messages which come together cost one call to the system."""


class Wire:
    """One end. It owns the socket, a connected stream whose other end is trusted; its timeout is taken off.

    One thread reads; any thread sends.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(None)
        self._socket = connection
        self._file = connection.makefile("rb", _BUFFER_BYTES)
        self._unsent: deque[bytes] = deque()
        self._turn = threading.Lock()

    def send(self, message: tuple[int, object]) -> None:
        """Send it, or leave it to the thread that is sending just now, which takes it along.

        So nobody waits for a lock: not what is garbage-collected in the middle of this very function, nor one
        that only has to say that it leaves. Where the other side is gone, what is sent is lost; the reader
        is told.
        """
        content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._unsent.append(_LENGTH.pack(len(content)) + content)
        while self._unsent and self._turn.acquire(blocking=False):  # once more: one may come as we finish
            try:
                self._send_all()
            finally:
                self._turn.release()

    def messages(self) -> Iterator[tuple[int, Any]]:
        """Everything the other side sends, until it ends or this side does. None of it is held on to."""
        return iter(self._read, None)

    def end(self) -> None:
        """End the connection for both sides. Any thread; twice is no mistake."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def free(self) -> None:
        """After end(), give the socket back. For the thread that reads, when it reads no more."""
        with self._turn:  # nobody sends to whatever gets the number of our file next
            self._file.close()
            self._socket.close()

    def _read(self) -> tuple[int, Any] | None:
        """None: there is no more."""
        try:
            head = self._file.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                return None
            (length,) = _LENGTH.unpack(head)
            content = self._file.read(length)
        except ConnectionError:
            return None
        message: tuple[int, Any] | None = pickle.loads(content) if len(content) == length else None
        return message

    def _send_all(self) -> None:
        """All that is unsent as of now. For the thread whose turn it is."""
        together = b"".join([self._unsent.popleft() for _ in range(len(self._unsent))])
        try:
            self._socket.sendall(together)
        except BaseException as e:
            self.end()  # perhaps in the middle of a message
            if not isinstance(e, OSError):
                raise
