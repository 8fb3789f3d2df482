"""The handles of `wasi:io`: streams, pollables and errors as a guest holds them, with the states of WIT.

A stream that ended stays ended: an error is told once, then it is closed. A guest may write what
`check-write` permitted it, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
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
        self._ended = not isinstance(data, bytes)
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
        if isinstance(permitted, int):
            self._permitted = permitted
        else:
            self._ended = True
        return permitted

    def write(self, data: bytes) -> Ended | None:
        """Raises Trapped for more than the last `check_write` permitted."""
        if len(data) > self._permitted:
            raise self._too_many(len(data))
        self._permitted -= len(data)
        if self._ended:
            return Closed()
        end = self.stream.write(data)
        self._ended = end is not None
        return end

    def write_zeroes(self, count: int) -> Ended | None:
        """Raises Trapped for more than the last `check_write` permitted."""
        if count > self._permitted:
            raise self._too_many(count)
        return self.write(bytes(count))

    def flush(self) -> Ended | None:
        if self._ended:
            return Closed()
        end = self.stream.flush()
        self._ended = end is not None
        return end

    def ready(self) -> bool:
        return self._ended or self.stream.ready()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self.stream.subscribe(wake)

    def drop(self) -> None:
        self.stream.drop()

    def _too_many(self, count: int) -> Trapped:
        return Trapped(f"it wrote {count} bytes where `check-write` permitted {self._permitted}")


POLLABLE: Final = Resource("pollable")
ERROR: Final = Resource("error")
INPUT_STREAM: Final = Resource("input-stream", methodcaller("drop"))
OUTPUT_STREAM: Final = Resource("output-stream", methodcaller("drop"))


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
