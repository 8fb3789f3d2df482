"""What a byte stream is on the host's side: it never blocks, and says when to come again.

Whoever has bytes for a guest implements `InputStream`, whoever takes bytes from one `OutputStream`; `handles`
turns them into handles, and keeps what WIT asks of every stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.poll import Pollable

MAX_READ_BYTES: Final = 128 << 10
"""The most that one read returns, however much the guest asks for: on its way each byte takes 32."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The stream has ended: nothing more comes, or nothing more is taken."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream broke. The guest is told once; from then on the stream is closed."""

    error: StreamError


Ended = Closed | Failed


class InputStream(Pollable, Protocol):
    """Bytes for a guest. It is ready when `read` would return bytes, or how the stream ended."""

    def read(self, max_bytes: int) -> bytes | Ended:
        """At most `max_bytes` of what is there, b"" when nothing is; never blocks."""
        ...

    def drop(self) -> None:
        """The guest lets go of it; called once, on the guest's thread."""
        ...


class OutputStream(Pollable, Protocol):
    """Takes a guest's bytes. It is ready when `check_write` would return more than 0, or how it ended."""

    def check_write(self) -> int | Ended:
        """How many bytes `write` takes now; 0: not now."""
        ...

    def write(self, data: bytes) -> Ended | None:
        """Take all of `data`, which is no longer than `check_write` allowed; never blocks."""
        ...

    def flush(self) -> Ended | None:
        """Send on what was written. While that lasts, `check_write` returns 0."""
        ...

    def drop(self) -> None:
        """The guest lets go of it; called once, on the guest's thread."""
        ...
