"""One send for what is written together: a response's head, its only piece, its end and its trailers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

_LAST_CHUNK = b"0\r\n\r\n"

MAX_BYTES = 64 << 10
"""More is not held back: the transport must know, to say when its client does not follow."""


class Cork:
    """A transport that keeps what is written until the event loop's next turn, or until `flush`.

    Each send lets go of the interpreter's lock, and a busy guest thread is slow to give it back. Everything
    else is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []
        self._size = 0
        self._trailers = b""

    def trail(self, trailers: Iterable[tuple[bytes, bytes]]) -> None:
        """The chunked body that ends next ends with these; the server itself writes none."""
        self._trailers = b"".join(b"%b: %b\r\n" % trailer for trailer in trailers)

    def write(self, data: bytes) -> None:
        if self._trailers and data.endswith(_LAST_CHUNK):
            data = data.removesuffix(b"\r\n") + self._trailers + b"\r\n"
            self._trailers = b""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > MAX_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what was held back, now."""
        if self._held:
            data = b"".join(self._held)
            self._held.clear()
            self._size = 0
            self._transport.write(data)

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)
