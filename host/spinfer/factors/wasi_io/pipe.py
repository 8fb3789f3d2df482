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

    __slots__ = ("_abandoned", "_budget_bytes", "_buffer", "_end", "_lock", "_readers", "_writers")

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

    def __repr__(self) -> str:
        return f"<Pipe: {len(self._buffer)} of {self._budget_bytes} bytes, end: {self._end}>"

    @property
    def reader(self) -> PipeReader:
        return PipeReader(self)

    @property
    def writer(self) -> PipeWriter:
        return PipeWriter(self)

    def _finish(self, end: Ended) -> None:
        """The first end stays."""
        with self._lock:
            if self._end is not None:
                return
            self._end = end
        self._wake()

    def _wake(self) -> None:
        """Both sides."""
        self._readers.wake()
        self._writers.wake()


class PipeReader:
    """The end where bytes come out."""

    __slots__ = ("_pipe",)

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def read(self, max_bytes: int) -> bytes | Ended:
        """What is there, up to `max_bytes`; b"": nothing yet. How the writer ended it, once all is read."""
        pipe = self._pipe
        with pipe._lock:
            if not pipe._buffer:
                return b"" if pipe._end is None else pipe._end
            was_full = len(pipe._buffer) >= pipe._budget_bytes
            data = bytes(pipe._buffer[:max_bytes])
            del pipe._buffer[:max_bytes]
            has_room = len(pipe._buffer) < pipe._budget_bytes
        if was_full and has_room:
            pipe._writers.wake()
        return data

    def ready(self) -> bool:
        return bool(self._pipe._buffer) or self._pipe._end is not None

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._pipe._readers.subscribe(wake)

    def drop(self) -> None:
        """Let go: what is left is thrown away, and the writer finds the pipe closed. Twice is no mistake."""
        pipe = self._pipe
        with pipe._lock:
            pipe._abandoned = True
            pipe._buffer.clear()
        pipe._wake()


class PipeWriter:
    """The end where bytes go in. Whoever made the pipe ends it, by `finish` or `abort`."""

    __slots__ = ("_pipe",)

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe

    def check_write(self) -> int | Ended:
        """The room that is left, 0 when there is none; Closed when nobody reads or it was ended."""
        pipe = self._pipe
        if pipe._abandoned or pipe._end is not None:
            return Closed()
        return max(0, pipe._budget_bytes - len(pipe._buffer))

    def write(self, data: bytes) -> Ended | None:
        """Append all of `data`. A host's own code may go beyond the budget, by one piece at a time."""
        pipe = self._pipe
        with pipe._lock:
            if pipe._abandoned or pipe._end is not None:
                return Closed()
            pipe._buffer += data
        if data:
            pipe._readers.wake()
        return None

    def flush(self) -> Ended | None:
        return None

    def ready(self) -> bool:
        return self.check_write() != 0

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
