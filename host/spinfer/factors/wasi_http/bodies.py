"""`incoming-body` and `outgoing-body`: what a guest may do with a message's content, and when.

| body | `stream`, `write` | `finish` | dropped |
|---|---|---|---|
| untouched | the stream | ends it | incoming: let go of; outgoing: broken off |
| stream alive | an error | a trap | a trap |
| stream dropped | an error | ends it | as above |

The handles' parents and children see to the traps; this module knows the rest. Guest thread.
"""

from __future__ import annotations

from collections.abc import Callable

from spinfer.bindings.values import Case, Some
from spinfer.factors.wasi_http.error_code import RESPONSE_INCOMPLETE, HttpError
from spinfer.factors.wasi_http.fields import Entry
from spinfer.factors.wasi_http.messages import Body, BodyWriter, Ending, stream_error
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_io.pipe import BUDGET_BYTES
from spinfer.factors.wasi_io.poll import Wake
from spinfer.factors.wasi_io.streams import Closed, Ended, Failed, InputStream

BodySize = Callable[[int], Case]
"""`request_body_size` or `response_body_size`: whose content-length was not kept."""


class IncomingBody:
    """A body that a guest reads, once."""

    __slots__ = ("_body", "_taken")

    def __init__(self, body: Body) -> None:
        self._body = body
        self._taken = False

    def stream(self) -> InputStream | None:
        """None the second time."""
        if self._taken:
            return None
        self._taken = True
        return self._body.stream

    def finish(self) -> FutureTrailers:
        """What nobody read is thrown away."""
        self.drop()
        return FutureTrailers(self._body.ending)

    def drop(self) -> None:
        if not self._taken:
            self._taken = True
            self._body.discard()


class FutureTrailers:
    """The trailers that a body will have ended with; they are given out once."""

    __slots__ = ("_taken", "ending")

    def __init__(self, ending: Promise[Ending]) -> None:
        self.ending = ending
        self._taken = False

    def get(self) -> Some[Ending] | None:
        """None: not yet. Raises LookupError the second time."""
        ending = self.ending.peek()
        if ending is not None:
            if self._taken:
                raise LookupError("the trailers were taken before")
            self._taken = True
        return ending

    def ready(self) -> bool:
        return self.ending.ready()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self.ending.subscribe(wake)


class OutgoingBody:
    """A body that a guest writes, once; with a content-length, exactly that many bytes."""

    __slots__ = ("_expected", "_size_error", "_stream", "_writer")

    def __init__(self, writer: BodyWriter, expected: int | None, size_error: BodySize) -> None:
        self._writer = writer
        self._expected = expected
        self._size_error = size_error
        self._stream: CountedStream | None = None

    def write(self) -> CountedStream | None:
        """None the second time."""
        if self._stream is not None:
            return None
        self._stream = CountedStream(self._writer, self._expected, self._size_error)
        return self._stream

    def finish(self, trailers: tuple[Entry, ...]) -> None:
        """Raises HttpError when there is less, or more, than the content-length promised."""
        written = self._stream.written if self._stream else 0
        if self._expected is not None and written != self._expected:
            code = self._size_error(written)
            self._writer.abort(code)
            raise HttpError(code)
        self._writer.finish(trailers)

    def drop(self) -> None:
        """Without `finish` it is not whole, and its reader must not take it for whole."""
        self._writer.abort(RESPONSE_INCOMPLETE)


class CountedStream:
    """The stream into an outgoing body: an OutputStream that knows how much is still expected."""

    __slots__ = ("_expected", "_pipe", "_size_error", "_writer", "written")

    def __init__(self, writer: BodyWriter, expected: int | None, size_error: BodySize) -> None:
        self._writer = writer
        self._pipe = writer.pipe.writer
        self._expected = expected
        self._size_error = size_error
        self.written = 0
        """Bytes so far, those that were too many included."""

    def check_write(self) -> int | Ended:
        """With all written that was promised, a reader that has gone has what it wanted: that is no error."""
        permitted = self._pipe.check_write()
        return BUDGET_BYTES if isinstance(permitted, Closed) and self.written == self._expected else permitted

    def write(self, data: bytes) -> Ended | None:
        self.written += len(data)
        if self._expected is not None and self.written > self._expected:
            code = self._size_error(self.written)
            self._writer.abort(code)
            return Failed(stream_error(code))
        return self._pipe.write(data)

    def flush(self) -> Ended | None:
        return self._pipe.flush()

    def ready(self) -> bool:
        return self._pipe.ready()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._pipe.subscribe(wake)

    def drop(self) -> None:
        self._pipe.drop()
