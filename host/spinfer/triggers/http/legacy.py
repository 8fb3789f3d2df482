"""`fermyon:spin/inbound-http`, the interface of old guests: whole requests in, whole responses out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, cast

from spinfer.bindings.values import Some, record_class
from spinfer.errors import Cancelled
from spinfer.factors.wasi_http.messages import Response, full_body
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.factors.wasi_io.streams import Closed, Failed
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import Entry
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import NoResponse

_HEADERS = "list<tuple<string, string>>"
_BODY = "option<list<u8>>"
ENTRY: Final = Entry(
    "fermyon:spin/inbound-http",
    "handle-request",
    "func(req: record{method: enum{get, post, put, delete, patch, head, options}, uri: string, "
    f"headers: {_HEADERS}, params: {_HEADERS}, body: {_BODY}}}) -> "
    f"record{{status: u16, headers: option<{_HEADERS}>, body: {_BODY}}}",
    series=None,
)

METHODS: Final = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
MAX_BODY_BYTES = 128 << 20
"""A whole body is in memory several times over on its way into a guest."""
_PIECE_BYTES = 64 << 10
_STATUSES = range(100, 601)

_Request: Callable[..., object] = record_class(("method", "uri", "headers", "params", "body"))


class _Response(Protocol):
    status: int
    headers: Some[list[tuple[str, str]]] | None
    body: Some[bytes] | None


def answering(executor: Executor, component: str) -> Callable[[Exchange], None]:
    """On a guest thread: one fresh instance, one call."""

    def answer(exchange: Exchange) -> None:
        if exchange.request.method not in METHODS:
            exchange.answer.keep(Response(405))
            return
        body = _whole_body(exchange)
        if body is None:
            exchange.answer.keep(Response(413))
            return
        with executor.instantiate(component, cancellation=exchange.cancellation) as instance:
            response = cast(_Response, instance.call(_request(exchange, body)))
        exchange.answer.keep(_response(response))

    return answer


def _whole_body(exchange: Exchange) -> bytes | None:
    """None when it is too long. Raises Cancelled when the client goes away."""
    content = bytearray()
    stream = exchange.request.body.stream
    while len(content) <= MAX_BODY_BYTES:
        wait_any([stream], exchange.cancellation)
        match stream.read(_PIECE_BYTES):
            case bytes() as piece:
                content += piece
            case Closed():
                return bytes(content)
            case Failed(error):
                raise Cancelled(error.text)
    return None


def _request(exchange: Exchange, body: bytes) -> object:
    headers = [(name, value.decode("utf-8", "replace")) for name, value in exchange.request.headers]
    method = exchange.request.method.lower()
    return _Request(method, exchange.request.path_with_query, headers, [], Some(body))


def _response(response: _Response) -> Response:
    if response.status not in _STATUSES:
        raise NoResponse(f"it answered with status {response.status}, which there is not")
    headers = [] if response.headers is None else response.headers.value
    body = b"" if response.body is None else response.body.value
    return Response(
        response.status, tuple((name, value.encode()) for name, value in headers), full_body(body)
    )
