"""One request and its response over the client's session. Runs on the client's event loop.

Both bodies stream at once, each only as fast as its reader takes it: the request's is read from the guest's
pipe when the connection has room, the response's is written to a pipe that holds so much and no more.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from spinfer.bindings.values import Err, Ok, Some
from spinfer.factors.outbound_http.failures import code_of
from spinfer.factors.outbound_http.phases import Phases
from spinfer.factors.wasi_http import syntax
from spinfer.factors.wasi_http.error_code import (
    CONNECTION_READ_TIMEOUT,
    CONNECTION_TERMINATED,
    REQUEST_URI_INVALID,
    HttpError,
    internal_error,
    request_body_size,
)
from spinfer.factors.wasi_http.fields import Entry
from spinfer.factors.wasi_http.messages import Body, BodyWriter, Request, Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Outcome, Timeouts
from spinfer.factors.wasi_io import event_loop
from spinfer.factors.wasi_io.poll import Wake
from spinfer.factors.wasi_io.streams import Closed, Failed

SHORT_BODY_S = 0.01
"""How long to wait for a body to be complete: a short one is then sent with its length, not in chunks, which
some servers do not take."""
_PIECE_BYTES = 64 << 10


async def exchange(
    session: aiohttp.ClientSession,
    request: Request,
    timeouts: Timeouts,
    outcome: Promise[Outcome],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Keeps `outcome` in every case; if there is a response, returns once its body has ended.

    `tls` None: the session's own context.
    """
    try:
        await _exchange(session, request, timeouts, outcome, tls)
    except asyncio.CancelledError:
        outcome.keep(Err(CONNECTION_TERMINATED))
        raise
    except Exception as failure:
        code = code_of(failure)
        outcome.keep(Err(code or internal_error("the host failed to send it")))
        if code is None:
            raise
    finally:
        request.body.discard()


async def _exchange(
    session: aiohttp.ClientSession,
    request: Request,
    timeouts: Timeouts,
    outcome: Promise[Outcome],
    tls: ssl.SSLContext | None,
) -> None:
    upload = _Upload(request.body)
    content = await _content(request, upload)
    phases = Phases(timeouts)
    try:
        async with phases.deadline:
            response = await session.request(
                request.method,
                _url(request),
                headers=_headers(request.headers),
                data=content,
                allow_redirects=False,
                ssl=True if tls is None else tls,
                trace_request_ctx=phases,
            )
    except TimeoutError as e:
        raise HttpError(phases.late) from e
    except aiohttp.ClientError as e:
        if upload.failure is not None:
            raise upload.failure from e
        raise
    async with response:
        writer = BodyWriter()
        outcome.keep(Ok(Response(response.status, _received(response.raw_headers), writer.body)))
        await _pass_on(response, writer, timeouts.between_bytes_s)


def _url(request: Request) -> URL:
    """The target reaches the wire as the guest wrote it."""
    parts = syntax.host_and_port(request.authority)
    if parts is None or not request.path_with_query.startswith("/"):
        raise HttpError(REQUEST_URI_INVALID)
    host, port = parts
    name = f"[{host}]" if ":" in host else host
    return URL(
        f"{request.scheme}://{name}{'' if port is None else f':{port}'}{request.path_with_query}",
        encoded=True,
    )


def _headers(entries: tuple[Entry, ...]) -> CIMultiDict[str]:
    """Every line of a name is spelt like its first: the session takes others for another name's."""
    spelt: dict[str, str] = {}
    try:
        return CIMultiDict((spelt.setdefault(n.lower(), n), value.decode()) for n, value in entries)
    except UnicodeDecodeError as e:
        raise HttpError(internal_error("a header's value is not UTF-8")) from e


def _received(raw: tuple[tuple[bytes, bytes], ...]) -> tuple[Entry, ...]:
    return tuple((name.decode("latin-1"), value) for name, value in raw)


class _Upload:
    """The request's body as the session reads it."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.failure: HttpError | None = None
        """Why the guest's part broke off, if it did: the session only says that sending failed."""

    async def whole(self) -> bytes | None:
        """All of it, if it is complete within a moment. Raises HttpError if it broke off by then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SHORT_BODY_S):
                await self._body.ending.arrival()
        match self._body.ending.peek():
            case None:
                return None
            case Some(Err(code)):
                raise HttpError(code)
        return b"".join([piece async for piece in self.pieces()])

    async def after_the_head(self) -> AsyncIterator[bytes]:
        """Its pieces as they come; the head goes first, as the guest may wait for an answer to it."""
        yield b""
        async for piece in self.pieces():
            yield piece

    async def pieces(self) -> AsyncIterator[bytes]:
        while True:
            await event_loop.ready(self._body.stream)
            match self._body.stream.read(_PIECE_BYTES):
                case bytes() as piece:
                    yield piece
                case Closed():
                    return
                case Failed(error):
                    code = code_of(error.cause) if isinstance(error.cause, Exception) else None
                    self.failure = HttpError(code or internal_error(error.text))
                    raise self.failure


async def _content(request: Request, upload: _Upload) -> bytes | AsyncIterator[bytes] | None:
    whole = await upload.whole()
    if whole is None:
        return upload.after_the_head()
    promised = [value for name, value in request.headers if name.lower() == "content-length"]
    try:
        expected = syntax.content_length(promised)
    except ValueError as e:
        raise HttpError(request_body_size(len(whole))) from e
    if expected is not None and expected != len(whole):
        raise HttpError(request_body_size(len(whole)))
    return whole or None


async def _pass_on(response: aiohttp.ClientResponse, writer: BodyWriter, between_bytes_s: float) -> None:
    """Ends when the body does, or when nobody reads it any more; `writer` is ended in every case."""
    reading = asyncio.ensure_future(_copy(response, writer, between_bytes_s))
    watching = asyncio.ensure_future(event_loop.ready(_Abandoned(writer)))
    watching.add_done_callback(lambda _: reading.cancel())
    failure: BaseException | None = None
    try:
        await asyncio.wait([reading])
        failure = None if reading.cancelled() else reading.exception()
    finally:
        reading.cancel()
        watching.cancel()
        code = CONNECTION_TERMINATED if failure is None else code_of(failure)
        writer.abort(code or internal_error("the host failed to receive it"))
    if failure is not None and code is None:
        raise failure


async def _copy(response: aiohttp.ClientResponse, writer: BodyWriter, between_bytes_s: float) -> None:
    pipe = writer.pipe.writer
    while True:
        await event_loop.ready(pipe)
        room = pipe.check_write()
        if not isinstance(room, int):
            return
        piece = await _in_time(response.content.read(room), between_bytes_s)
        if not piece:
            break
        pipe.write(piece)
    writer.finish()


async def _in_time(reading: Awaitable[bytes], seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError as e:
        raise HttpError(CONNECTION_READ_TIMEOUT) from e


class _Abandoned:
    """A pollable: ready once whoever reads the body has let go of it."""

    def __init__(self, writer: BodyWriter) -> None:
        self._pipe = writer.pipe.writer

    def ready(self) -> bool:
        return isinstance(self._pipe.check_write(), Closed)

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._pipe.subscribe(wake)
