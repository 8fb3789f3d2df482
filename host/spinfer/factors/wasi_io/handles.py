"""The handles of `wasi:io`: streams, pollables and errors as a guest holds them, with the states of WIT.

A stream that ended stays ended: an error is told once, then it is closed. A guest may write what
`check-write` permitted it, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from spinfer.bindings.resources import Resource, Resources
from spinfer.bindings.traps import Trapped
from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.poll import Pollable, Wake
from spinfer.factors.wasi_io.streams import MAX_READ_BYTES, Closed, Ended, InputStream, OutputStream


class Input:
    """The host's object behind an `input-stream` handle. Guest thread, but for `ready` and `subscribe`."""

    __slots__ = ("_ended", "stream")

    def __init__(self, stream: InputStream) -> None:
        self.stream = stream
        self._ended = False

    def read(self, max_bytes: int) -> bytes | Ended:
        if self._ended:
            return Closed()
        data = self.stream.read(min(max_bytes, MAX_READ_BYTES))
        self._ended = isinstance(data, Ended)
        return data

    def ready(self) -> bool:
        return self._ended or self.stream.ready()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self.stream.subscribe(wake)

    def drop(self) -> None:
        self.stream.drop()


class Output:
    """The host's object behind an `output-stream` handle. Guest thread, but for `ready` and `subscribe`."""

    __slots__ = ("_ended", "_permitted", "stream")

    def __init__(self, stream: OutputStream) -> None:
        self.stream = stream
        self._ended = False
        self._permitted = 0

    def check_write(self) -> int | Ended:
        if self._ended:
            return Closed()
        permitted = self.stream.check_write()
        if isinstance(permitted, Ended):
            self._ended = True
        else:
            self._permitted = permitted
        return permitted

    def write(self, data: bytes) -> Ended | None:
        """Raises Trapped for more than the last `check_write` permitted."""
        self._use(len(data))
        return Closed() if self._ended else self._settled(self.stream.write(data))

    def write_zeroes(self, count: int) -> Ended | None:
        """Raises Trapped for more than the last `check_write` permitted."""
        self._use(count)
        return Closed() if self._ended else self._settled(self.stream.write(bytes(count)))

    def flush(self) -> Ended | None:
        return Closed() if self._ended else self._settled(self.stream.flush())

    def ready(self) -> bool:
        return self._ended or self.stream.ready()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self.stream.subscribe(wake)

    def drop(self) -> None:
        self.stream.drop()

    def _use(self, count: int) -> None:
        if count > self._permitted:
            raise Trapped(f"it wrote {count} bytes where `check-write` permitted {self._permitted}")
        self._permitted -= count

    def _settled(self, end: Ended | None) -> Ended | None:
        self._ended = end is not None
        return end


POLLABLE: Final = Resource("pollable")
ERROR: Final = Resource("error")
INPUT_STREAM: Final = Resource("input-stream", lambda handle: cast(Input, handle).drop())
OUTPUT_STREAM: Final = Resource("output-stream", lambda handle: cast(Output, handle).drop())


def own_pollable(resources: Resources, pollable: Pollable, parent: int | None = None) -> int:
    """The rep of a new `pollable`; `parent` is the rep of what it tells about, which must outlive it."""
    return resources.own(POLLABLE, pollable, parent)


def own_error(resources: Resources, error: StreamError) -> int:
    return resources.own(ERROR, error)


def own_input(resources: Resources, stream: InputStream, parent: int | None = None) -> int:
    """The rep of a new `input-stream`; `parent` is the rep of what must outlive it."""
    return resources.own(INPUT_STREAM, Input(stream), parent)


def own_output(resources: Resources, stream: OutputStream, parent: int | None = None) -> int:
    """The rep of a new `output-stream`; `parent` is the rep of what must outlive it."""
    return resources.own(OUTPUT_STREAM, Output(stream), parent)


def error_of(resources: Resources, rep: int) -> StreamError:
    """The error behind a borrowed `error` handle."""
    return cast(StreamError, resources.borrow(rep))
