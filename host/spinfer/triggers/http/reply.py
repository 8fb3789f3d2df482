"""How a response leaves: framed by the server, true to its content-length, as slowly as the client reads."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from typing import Any

from spinfer.bindings.values import Ok, Some
from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_io.event_loop import ready
from spinfer.factors.wasi_io.streams import Closed, Failed
from spinfer.triggers.http.answers import FAILED, Answer
from spinfer.triggers.http.headers import CONNECTION
from spinfer.triggers.http.request import Header

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Trail = Callable[[Iterable[tuple[bytes, bytes]]], None]
"""Is told what stands behind the body, just before the body's end is sent."""

CHUNK_BYTES = 64 << 10
MAX_GATHERED_BYTES = 16 << 20

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_BODILESS = (204, 304)
_NOT_BEHIND = CONNECTION | {"content-length", "content-type", "content-encoding", "host", "te", "trailer"}
"""What a client has to know before the body, or never from a trailer (RFC 9110, 6.5.1)."""

log = logging.getLogger(__name__)


class BadResponse(Exception):
    """The guest's head cannot be sent; the text says why."""


async def send_answer(send: Send, answer: Answer, *, head_only: bool = False) -> None:
    """A whole response of the host's own."""
    headers = list(answer.headers)
    if answer.status not in _BODILESS and not any(name == "content-length" for name, _ in headers):
        headers.append(("content-length", str(len(answer.body)).encode()))
    await send(_start(answer.status, headers))
    await send(_body(b"" if head_only or answer.status in _BODILESS else answer.body, more=False))


async def send_response(
    send: Send, response: Response, *, head_only: bool, chunks: bool = True, trail: Trail | None = None
) -> None:
    """A guest's response, piece by piece. Where it breaks off, so does the connection.

    `chunks`: the client takes a body whose length it is not told; where it does not, a body without a
    content-length is gathered first. `trail`: the client takes trailers, which a body with a content-length
    has none of. Raises BadResponse when nothing was sent, and nothing can be.
    """
    headers, length = _checked(response)
    try:
        if length is None and not chunks:
            return await send_answer(send, await _gathered(response, headers), head_only=head_only)
        first = _at_hand(response)
        if isinstance(first, Failed):
            return await send_answer(send, FAILED, head_only=head_only)
        if response.status in _BODILESS or head_only:
            await send(_start(response.status, headers))
            return await send(_body(b"", more=False))
        if isinstance(first, Closed) and length is None and not (trail and _trailers(response)):
            headers, length = [*headers, ("content-length", b"0")], 0
        await send(_start(response.status, headers))
        await _send_body(send, response, first, length, trail)
    finally:
        response.body.discard()


async def _gathered(response: Response, headers: list[Header]) -> Answer:
    """The whole of it, for a client of the old days."""
    content = bytearray()
    while len(content) <= MAX_GATHERED_BYTES:
        await ready(response.body.stream)
        match response.body.stream.read(CHUNK_BYTES):
            case bytes() as piece:
                content += piece
            case Closed():
                return Answer(response.status, tuple(headers), bytes(content))
            case Failed():
                return FAILED
    raise BadResponse(f"its body has more than {MAX_GATHERED_BYTES} bytes, for a client of HTTP/1.0")


def _at_hand(response: Response) -> bytes | Closed | Failed:
    """What can be read of its body without waiting: b"" when that is nothing yet."""
    stream = response.body.stream
    return stream.read(CHUNK_BYTES) if stream.ready() else b""


async def _send_body(
    send: Send, response: Response, piece: bytes | Closed | Failed, length: int | None, trail: Trail | None
) -> None:
    """`piece` is the first. Where it broke off the response stays unfinished, which cuts the connection."""
    while True:
        match piece:
            case bytes() if length is not None and len(piece) >= length:
                if len(piece) > length:
                    log.warning("a guest sent more bytes than its content-length said; the rest was dropped")
                return await send(_body(piece[:length], more=False))
            case bytes():
                following = _at_hand(response)
                if isinstance(following, Closed) and length is None:
                    return await _end(send, response, piece, trail)
                if piece:
                    await send(_body(piece, more=True))
                length = None if length is None else length - len(piece)
            case Closed():
                if length:
                    log.warning("a guest sent %d bytes less than its content-length said", length)
                    return None
                return await _end(send, response, b"", trail if length is None else None)
            case Failed(error):
                log.debug("a response broke off: %s", error.text)
                return None
        if following == b"":
            await ready(response.body.stream)
            following = response.body.stream.read(CHUNK_BYTES)
        piece = following


async def _end(send: Send, response: Response, last: bytes, trail: Trail | None) -> None:
    """The last piece and the end leave as one."""
    if trail is not None:
        trail(_trailers(response))
    await send(_body(last, more=False))


def _trailers(response: Response) -> list[tuple[bytes, bytes]]:
    """What its author put behind the body, which has ended; what may not stand there is left out."""
    match response.body.ending.peek():
        case Some(Ok(entries)):
            return [
                (name.encode("latin-1"), value)
                for name, value in _lowered(entries)
                if _NAME.fullmatch(name) and _VALUE.fullmatch(value) and name not in _NOT_BEHIND
            ]
        case _:
            return []


def _checked(response: Response) -> tuple[list[Header], int | None]:
    """The headers that may be sent, and the length they promise, if any."""
    if not 200 <= response.status <= 599:
        raise BadResponse(f"status {response.status} cannot be sent")
    headers = [(name, value) for name, value in _lowered(response.headers) if name not in CONNECTION]
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise BadResponse(f"header {name!r} is not valid")
    lengths = {value for name, value in headers if name == "content-length"}
    match [*lengths]:
        case []:
            return headers, None
        case [value] if value.isdigit():
            rest = [(name, value) for name, value in headers if name != "content-length"]
            return [*rest, ("content-length", value)], int(value)
    raise BadResponse("its content-length is not a number")


def _lowered(headers: Iterable[Header]) -> Iterator[Header]:
    return ((name.lower(), value) for name, value in headers)


def _start(status: int, headers: list[Header]) -> Message:
    raw = [(name.encode("latin-1"), value) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": raw}


def _body(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
