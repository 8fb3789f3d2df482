"""What a Redis server answers, in version 2 of its protocol (RESP2), read by redis-py's rule for parsers.

redis-py's own do not tell a status from a text, which the interface does, and take whatever a server sends.
"""

from __future__ import annotations

import socket
from typing import BinaryIO, Final, Protocol, cast

import redis

MAX_REPLY_BYTES: Final = 128 << 20
VALUE_BYTES: Final = 32
"""What a value takes beside its bytes."""
_MAX_LINE_BYTES: Final = 64 << 10
_MAX_DEPTH: Final = 32


class Status(str):
    """A simple string, such as `OK`."""

    __slots__ = ()


class TooLarge(redis.ConnectionError):
    """The reply is larger than a guest may have it; the rest of it makes the connection useless."""


Reply = None | int | bytes | Status | redis.ResponseError | list["Reply"]


class Connected(Protocol):
    """redis-py's connection, as it shows itself to its parser."""

    _sock: socket.socket


class Replies:
    """Reads the replies of the connection that makes it, on the thread of whoever asks."""

    def __init__(self, socket_read_size: int) -> None:
        self._buffer_bytes = socket_read_size
        self._file: BinaryIO | None = None
        self._room = 0

    def on_connect(self, connection: Connected) -> None:
        self._file = cast(BinaryIO, connection._sock.makefile("rb", buffering=self._buffer_bytes))

    def on_disconnect(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def read_response(self, **_options: object) -> Reply:
        """Raises redis.ConnectionError, redis.TimeoutError, or TooLarge."""
        self._room = MAX_REPLY_BYTES
        return self._read(0)

    def _read(self, depth: int) -> Reply:
        kind, rest = self._line()
        self._spend(VALUE_BYTES)
        match kind:
            case b"+":
                return Status(rest.decode("utf-8", "replace"))
            case b"-":
                return redis.ResponseError(rest.decode("utf-8", "replace"))
            case b":":
                return _number(rest)
            case b"$":
                return self._bytes(_number(rest))
            case b"*" if depth < _MAX_DEPTH:
                length = _number(rest)
                return None if length < 0 else [self._read(depth + 1) for _ in range(length)]
        raise redis.InvalidResponse("the server does not speak version 2 of the protocol")

    def _line(self) -> tuple[bytes, bytes]:
        assert self._file is not None, "it is connected"
        line = self._file.readline(_MAX_LINE_BYTES)
        if not line.endswith(b"\r\n"):
            raise redis.ConnectionError("the server closed the connection")
        self._spend(len(line))
        return line[:1], line[1:-2]

    def _bytes(self, length: int) -> bytes | None:
        assert self._file is not None, "it is connected"
        if length < 0:
            return None
        self._spend(length)
        content = self._file.read(length + 2)
        if len(content) < length + 2:
            raise redis.ConnectionError("the server closed the connection")
        return content[:-2]

    def _spend(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise TooLarge(f"query result exceeds limit of {MAX_REPLY_BYTES} bytes")


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError as e:
        raise redis.InvalidResponse("the server sent a malformed number") from e
