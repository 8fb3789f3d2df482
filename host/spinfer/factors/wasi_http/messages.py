"""Requests and responses as the host passes them on: from a socket, to one, and between guests."""

from __future__ import annotations

from dataclasses import dataclass, field

from spinfer.bindings.values import Case, Err, Ok
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.fields import Entry
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_io.error import StreamError
from spinfer.factors.wasi_io.pipe import Pipe
from spinfer.factors.wasi_io.streams import InputStream

Ending = Ok[tuple[Entry, ...]] | Err[Case]
"""How a body ended: with these trailers (mostly none), or broken off for this reason."""


@dataclass(frozen=True, slots=True)
class Body:
    """A message's content as it comes in.

    Whoever reads drops `stream` at the end. Whoever feeds it keeps `ending`, in every case: when all is
    written, when it breaks off, and when it finds that nobody reads any more.
    """

    stream: InputStream
    ending: Promise[Ending]

    def discard(self) -> None:
        """Nobody is going to read it. Any thread; twice is no mistake."""
        self.stream.drop()


class BodyWriter:
    """The other side of a `Body`: a pipe, and how it ended. Any thread."""

    __slots__ = ("body", "pipe")

    def __init__(self, budget_bytes: int | None = None) -> None:
        self.pipe = Pipe() if budget_bytes is None else Pipe(budget_bytes)
        self.body = Body(self.pipe.reader, Promise())

    def finish(self, trailers: tuple[Entry, ...] = ()) -> None:
        """That was all of it."""
        if self.body.ending.keep(Ok(trailers)):
            self.pipe.writer.finish()

    def abort(self, code: Case) -> None:
        """It broke off. After `finish` this changes nothing."""
        if self.body.ending.keep(Err(code)):
            self.pipe.writer.abort(stream_error(code))


def stream_error(code: Case) -> StreamError:
    """What a stream fails with, so that `http-error-code` gives `code`."""
    error = HttpError(code)
    return StreamError(str(error), error)


def empty_body() -> Body:
    return full_body(b"")


def full_body(content: bytes) -> Body:
    """A body that is all there."""
    writer = BodyWriter()
    writer.pipe.writer.write(content)
    writer.finish()
    return writer.body


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `method` as on the wire (`GET`), `scheme` in small letters."""

    method: str
    scheme: str
    authority: str
    path_with_query: str
    headers: tuple[Entry, ...] = ()
    body: Body = field(default_factory=empty_body)


@dataclass(frozen=True, slots=True)
class Response:
    """A response: `headers` are what its author wrote, nothing of the connection's."""

    status: int
    headers: tuple[Entry, ...] = ()
    body: Body = field(default_factory=empty_body)
