"""`wasi:http/outgoing-handler`: a guest's request is handed to whoever sends it. Guest thread."""

from __future__ import annotations

from typing import cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import syntax
from spinfer.factors.wasi_http.error_code import REQUEST_METHOD_INVALID, REQUEST_URI_INVALID, HttpError
from spinfer.factors.wasi_http.handles import FUTURE_INCOMING_RESPONSE
from spinfer.factors.wasi_http.interface import ERROR_CODE, functions
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.outgoing import OutgoingRequest, RequestOptions
from spinfer.factors.wasi_http.sending import FutureIncomingResponse, Timeouts
from spinfer.factors.wasi_http.state import WasiHttpState

_NS_PER_S = 1_000_000_000


def handle(state: WasiHttpState, request: int, options: Some[int] | None) -> Ok[int] | Err[Case]:
    resources = current().resources
    taken = cast(OutgoingRequest, resources.take(request))
    asked = RequestOptions() if options is None else cast(RequestOptions, resources.take(options.value))
    try:
        sending = state.sender.send(state.component, message(taken), timeouts(asked))
    except HttpError as e:
        taken.drop()
        return Err(e.code)
    return Ok(resources.own(FUTURE_INCOMING_RESPONSE, FutureIncomingResponse(sending)))


def message(request: OutgoingRequest) -> Request:
    """The request as it will be sent; without a scheme, it is https. Raises HttpError."""
    method = syntax.method_text(request.method)
    if method is None or method == "CONNECT":
        raise HttpError(REQUEST_METHOD_INVALID)
    scheme = "https" if request.scheme is None else syntax.scheme_text(request.scheme.value)
    if scheme not in ("http", "https"):
        raise HttpError(REQUEST_URI_INVALID)
    authority = "" if request.authority is None else request.authority.value
    path = "" if request.path_with_query is None else request.path_with_query.value
    if path.startswith("?") or not path:
        path = f"/{path}"
    return Request(method, scheme, authority, path, request.headers.entries(), request.body())


def timeouts(options: RequestOptions) -> Timeouts:
    unlimited = Timeouts()

    def seconds(asked: Some[int] | None, default: float) -> float:
        return default if asked is None else asked.value / _NS_PER_S

    return Timeouts(
        seconds(options.connect_timeout, unlimited.connect_s),
        seconds(options.first_byte_timeout, unlimited.first_byte_s),
        seconds(options.between_bytes_timeout, unlimited.between_bytes_s),
    )


FUNCTIONS = functions({
    "handle": (
        "func(request: own<outgoing-request>, options: option<own<request-options>>) "
        f"-> result<own<future-incoming-response>, {ERROR_CODE}>", handle
    ),
})  # fmt: skip
