"""`fermyon:spin/http`, the interface of old guests: one call, the whole response. Runs on the guest's thread.

Redirects are followed, as Spin's client does, and each is a request of its own: it must be allowed too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Protocol
from urllib.parse import urljoin, urlsplit

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import syntax
from spinfer.factors.wasi_http.error_code import (
    REQUEST_DENIED,
    REQUEST_URI_INVALID,
    HttpError,
    describe,
    internal_error,
)
from spinfer.factors.wasi_http.fields import Entry
from spinfer.factors.wasi_http.messages import Request, Response, full_body
from spinfer.factors.wasi_http.sending import Sender, Timeouts
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.factors.wasi_io.streams import MAX_READ_BYTES, Closed, Failed
from spinfer.inference.cancellation import Cancellation

MAX_BODY_BYTES = 128 << 20
MAX_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CREDENTIALS = frozenset({"authorization", "cookie", "proxy-authorization"})

_PAIRS = "list<tuple<string, string>>"
_BODY = "option<list<u8>>"
SEND_REQUEST: Final = (
    "func(req: record{method: enum{get, post, put, delete, patch, head, options}, uri: string, "
    f"headers: {_PAIRS}, params: {_PAIRS}, body: {_BODY}}}) -> "
    f"result<record{{status: u16, headers: option<{_PAIRS}>, body: {_BODY}}}, "
    "enum{success, destination-not-allowed, invalid-url, request-error, runtime-error, too-many-requests}>"
)

log = logging.getLogger(__name__)


class LegacyRequest(Protocol):
    """As it arrives from the guest."""

    @property
    def method(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def headers(self) -> Sequence[tuple[str, str]]: ...
    @property
    def params(self) -> Sequence[tuple[str, str]]: ...
    @property
    def body(self) -> Some[bytes] | None: ...


class LegacyResponse(NamedTuple):
    status: int
    headers: Some[list[tuple[str, str]]]
    body: Some[bytes]


@dataclass(frozen=True, slots=True)
class OutboundState:
    """What the call of one guest instance knows."""

    component: str
    sender: Sender
    cancellation: Cancellation


def send_request(state: OutboundState, req: LegacyRequest) -> Ok[LegacyResponse] | Err[str]:
    try:
        return Ok(_follow(state, req))
    except HttpError as e:
        return Err(_lower(state.component, req.uri, e.code))


def _lower(component: str, uri: str, code: Case) -> str:
    if code == REQUEST_DENIED:
        return "destination-not-allowed"
    if code == REQUEST_URI_INVALID:
        return "invalid-url"
    log.warning("component `%s`: the request to %s failed: %s", component, uri, describe(code))
    return "runtime-error"


def _follow(state: OutboundState, req: LegacyRequest) -> LegacyResponse:
    content = b"" if req.body is None else req.body.value
    request = _addressed(Request(req.method.upper(), "", "", "", tuple(_headers(req.headers))), req.uri)
    for _ in range(MAX_REDIRECTS + 1):
        response = _sent(state, replace(request, body=full_body(content)))
        location = _location(response)
        if location is None:
            return _whole(state, response)
        response.body.discard()
        request = _redirected(request, response.status, location)
        content = content if request.method not in ("GET", "HEAD") else b""
    raise HttpError(internal_error(f"more than {MAX_REDIRECTS} redirects"))


def _headers(pairs: Sequence[tuple[str, str]]) -> Iterator[Entry]:
    """Without those that are the connection's. Raises HttpError for what no message could carry."""
    for name, value in pairs:
        raw = value.encode()
        if not syntax.is_name(name) or not syntax.is_value(raw):
            raise HttpError(internal_error(f"the header {name!r} is malformed"))
        if not syntax.is_forbidden(name) and name.lower() != "content-length":
            yield name, raw


def _addressed(request: Request, uri: str) -> Request:
    """A uri that begins with a slash is the app's own. Raises HttpError."""
    if uri.startswith("/"):
        scheme, authority, target = "http", "", uri
    else:
        try:
            parts = urlsplit(uri)
        except ValueError as e:
            raise HttpError(REQUEST_URI_INVALID) from e
        scheme, authority = parts.scheme, parts.netloc
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if scheme not in ("http", "https") or not syntax.is_target(target) or (not authority and target != uri):
        raise HttpError(REQUEST_URI_INVALID)
    return replace(request, scheme=scheme, authority=authority, path_with_query=target)


def _sent(state: OutboundState, request: Request) -> Response:
    """The response's head. Raises HttpError, or Cancelled when the guest's caller goes away."""
    sending = state.sender.send(state.component, request, Timeouts())
    try:
        wait_any([sending.outcome], state.cancellation)
    except BaseException:
        sending.cancel()
        raise
    outcome = sending.outcome.peek()
    assert outcome is not None, "what is ready has arrived"
    match outcome.value:
        case Ok(response):
            return response
        case Err(code):
            raise HttpError(code)


def _location(response: Response) -> str | None:
    """Where to go instead."""
    if response.status not in _REDIRECTS:
        return None
    found = [value for name, value in response.headers if name.lower() == "location"]
    return found[0].decode("latin-1") if found else None


def _redirected(request: Request, status: int, location: str) -> Request:
    """The next request, as RFC 9110 (15.4) has it; credentials stay with the host they were meant for."""
    base = f"{request.scheme}://{request.authority}{request.path_with_query}"
    following = _addressed(request, urljoin(base, location) if request.authority else location)
    if status in (301, 302, 303) and request.method not in ("GET", "HEAD"):
        kept = tuple(entry for entry in following.headers if not entry[0].lower().startswith("content-"))
        following = replace(following, method="GET", headers=kept)
    if (following.scheme, following.authority) != (request.scheme, request.authority):
        kept = tuple(entry for entry in following.headers if entry[0].lower() not in _CREDENTIALS)
        following = replace(following, headers=kept)
    return following


def _whole(state: OutboundState, response: Response) -> LegacyResponse:
    content = bytearray()
    stream = response.body.stream
    try:
        while True:
            wait_any([stream], state.cancellation)
            match stream.read(MAX_READ_BYTES):
                case bytes() as piece:
                    content += piece
                case Closed():
                    break
                case Failed(error):
                    raise HttpError(internal_error(error.text))
            if len(content) > MAX_BODY_BYTES:
                raise HttpError(internal_error(f"the response is longer than {MAX_BODY_BYTES} bytes"))
    finally:
        response.body.discard()
    headers = [(name, value.decode("ascii")) for name, value in response.headers if value.isascii()]
    return LegacyResponse(response.status, Some(headers), Some(bytes(content)))
