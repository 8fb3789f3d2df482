"""Standard streams apart from the process's own: given bytes to read, a function to write to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from spinfer.factors.wasi_io.poll import Ready
from spinfer.factors.wasi_io.streams import Closed, Ended, InputStream, OutputStream

WRITE_BYTES: Final = 1 << 20
"""The most that is taken at once. Python guests lose what does not fit, as their standard output is not
buffered; wasmtime takes as much."""


class Given(Ready):
    """An input stream of these bytes and no more."""

    __slots__ = ("_left",)

    def __init__(self, data: bytes) -> None:
        self._left = data

    def read(self, max_bytes: int) -> bytes | Ended:
        if not self._left:
            return Closed()
        data, self._left = self._left[:max_bytes], self._left[max_bytes:]
        return data

    def drop(self) -> None:
        """Nothing is held."""


class Nothing(Given):
    """An input stream that is at its end."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(b"")


class Sink(Ready):
    """An output stream that hands its bytes to `write`, on the guest's thread, and in the end `close`s."""

    __slots__ = ("_close", "_write")

    def __init__(self, write: Callable[[bytes], None], close: Callable[[], None] = lambda: None) -> None:
        self._write = write
        self._close = close

    def check_write(self) -> int | Ended:
        return WRITE_BYTES

    def write(self, data: bytes) -> Ended | None:
        self._write(data)
        return None

    def flush(self) -> Ended | None:
        return None

    def drop(self) -> None:
        self._close()


class LentInput:
    """A stream under a handle of the guest's: dropping the handle leaves the stream as it is."""

    __slots__ = ("read", "ready", "subscribe")

    def __init__(self, stream: InputStream) -> None:
        self.read = stream.read
        self.ready = stream.ready
        self.subscribe = stream.subscribe

    def drop(self) -> None:
        """The instance's end drops the stream."""


class LentOutput:
    """A stream under a handle of the guest's: dropping the handle leaves the stream as it is."""

    __slots__ = ("check_write", "flush", "ready", "subscribe", "write")

    def __init__(self, stream: OutputStream) -> None:
        self.check_write = stream.check_write
        self.write = stream.write
        self.flush = stream.flush
        self.ready = stream.ready
        self.subscribe = stream.subscribe

    def drop(self) -> None:
        """The instance's end drops the stream."""
