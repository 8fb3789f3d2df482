"""A bounded byte pipe between two threads, one of which may be an event loop: neither end ever blocks.

What is written is at the reader's hand at once, so flushing is no work. Bytes written before the end are read
before it. A reader that lets go throws away what is left, and its writer finds the pipe closed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.poll import Subscribers, Wake
from spinfer.factors.wasi_io.streams import Closed, Ended, Failed

BUDGET_BYTES: Final = 64 << 10


class Pipe:
    """`reader` is an InputStream, `writer` an OutputStream; every method may be called from any thread."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._lock = threading.Lock()
        self._budget_bytes = budget_bytes
        self._buffer = bytearray()
        self._end: Ended | None = None
        """How the writer ended it; None: it may still write."""
        self._abandoned = False
        """The reader let go."""
        self._readers = Subscribers()
        self._writers = Subscribers()
        self.reader = PipeReader(self)
        self.writer = PipeWriter(self)

    def __repr__(self) -> str:
        return f"<Pipe: {len(self._buffer)} of {self._budget_bytes} bytes, end: {self._end}>"

    def _read(self, max_bytes: int) -> bytes | Ended:
        with self._lock:
            if not self._buffer:
                return b"" if self._end is None else self._end
            was_full = self._room() == 0
            data = bytes(self._buffer[:max_bytes])
            del self._buffer[:max_bytes]
            wake = was_full and self._room() > 0
        if wake:
            self._writers.wake()
        return data

    def _readable(self) -> bool:
        return bool(self._buffer) or self._end is not None

    def _abandon(self) -> None:
        with self._lock:
            self._abandoned = True
            self._buffer.clear()
        self._writers.wake()
        self._readers.wake()

    def _check(self) -> int | Ended:
        with self._lock:
            return self._taker() or self._room()

    def _write(self, data: bytes) -> Ended | None:
        with self._lock:
            if (end := self._taker()) is not None:
                return end
            self._buffer += data
        if data:
            self._readers.wake()
        return None

    def _finish(self, end: Ended) -> None:
        with self._lock:
            if self._end is not None:
                return
            self._end = end
        self._readers.wake()
        self._writers.wake()

    def _taker(self) -> Ended | None:
        """Why nothing can be written any more; None: it can. The lock is held."""
        return Closed() if self._abandoned or self._end is not None else None

    def _room(self) -> int:
        return max(0, self._budget_bytes - len(self._buffer))


class PipeReader:
    """The end where bytes come out."""

    __slots__ = ("_pipe",)

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def read(self, max_bytes: int) -> bytes | Ended:
        """What is there, up to `max_bytes`; b"": nothing yet. How the writer ended it, once all is read."""
        return self._pipe._read(max_bytes)

    def ready(self) -> bool:
        return self._pipe._readable()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._pipe._readers.subscribe(wake)

    def drop(self) -> None:
        """Let go: what is left is thrown away, and the writer finds the pipe closed. Twice is no mistake."""
        self._pipe._abandon()


class PipeWriter:
    """The end where bytes go in. Whoever made the pipe ends it, by `finish` or `abort`."""

    __slots__ = ("_pipe",)

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def check_write(self) -> int | Ended:
        """The room that is left, 0 when there is none; Closed when nobody reads or it was ended."""
        return self._pipe._check()

    def write(self, data: bytes) -> Ended | None:
        """Append all of `data`. A host's own code may go beyond the budget, by one piece at a time."""
        return self._pipe._write(data)

    def flush(self) -> Ended | None:
        return None

    def ready(self) -> bool:
        return self._pipe._check() != 0

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._pipe._writers.subscribe(wake)

    def drop(self) -> None:
        """Nothing: a guest that drops its stream has not yet said whether the whole is finished."""

    def finish(self) -> None:
        """That was all. Ending a pipe that has ended changes nothing."""
        self._pipe._finish(Closed())

    def abort(self, error: StreamError) -> None:
        """It broke off: the reader gets what was written, and then Failed with `error`."""
        self._pipe._finish(Failed(error))
