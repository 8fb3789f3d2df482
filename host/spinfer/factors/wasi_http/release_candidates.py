"""`wasi:http` as the release candidates of 2023 had it: what differs from 0.2.0. Guest thread.

| version | differs in |
|---|---|
| 0.2.0-rc-2023-12-05 | nothing |
| 0.2.0-rc-2023-11-10 | the response's constructor borrows; names of timeouts; trailers taken twice |
| 0.2.0-rc-2023-10-18 | that, and messages made whole, `write` for `body`, four errors, no refusals |

What a candidate refuses without a way to say so ends the guest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from spinfer.bindings.hostcall import current
from spinfer.bindings.imports import Function
from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import calls_bodies, calls_fields, calls_requests, calls_responses
from spinfer.factors.wasi_http import outgoing_handler as sending
from spinfer.factors.wasi_http.error_code import describe, internal_error
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.handles import (
    OUTGOING_REQUEST,
    OUTGOING_RESPONSE,
    REQUEST_OPTIONS,
    fields_of,
    own_fields,
)
from spinfer.factors.wasi_http.interface import ERROR_CODE, METHOD, SCHEME, functions
from spinfer.factors.wasi_http.outgoing import OutgoingRequest, OutgoingResponse, RequestOptions
from spinfer.factors.wasi_http.state import WasiHttpState

T = TypeVar("T")
E = TypeVar("E")

_ERROR: Final = (
    "variant{invalid-url(string), timeout-error(string), protocol-error(string), unexpected-error(string)}"
)
_OPTIONS: Final = (
    "record{connect-timeout-ms: option<u32>, first-byte-timeout-ms: option<u32>, "
    "between-bytes-timeout-ms: option<u32>}"
)
_BAD_FIELD: Final = "it changed header fields in a way that no message allows"
_NS_PER_MS: Final = 1_000_000


class _Options(Protocol):
    """`request-options` of October: a record."""

    @property
    def connect_timeout_ms(self) -> Some[int] | None: ...
    @property
    def first_byte_timeout_ms(self) -> Some[int] | None: ...
    @property
    def between_bytes_timeout_ms(self) -> Some[int] | None: ...


def _insist(outcome: Ok[T] | Err[E], refusal: str) -> T:
    """Raises Trapped with a refusal that the guest cannot be told."""
    if isinstance(outcome, Err):
        raise Trapped(refusal)
    return outcome.value


def _as_error(code: Case) -> Case:
    return Case("unexpected-error", describe(code))


def _as_code(error: Case) -> Case:
    return internal_error(f"{error.name}: {error.value}")


def response_borrowing(_state: object, headers: int) -> int:
    resources = current().resources
    return resources.own(OUTGOING_RESPONSE, OutgoingResponse(fields_of(resources, headers)))


def trailers_again(state: object, self: int) -> Some[Ok[Some[int] | None] | Err[Case]] | None:
    answer = calls_bodies.trailers_get(state, self)
    return None if answer is None else Some(_insist(answer.value, "it took the same trailers twice"))


def october_fields(state: object, entries: Sequence[tuple[str, bytes]]) -> int:
    return _insist(calls_fields.from_list(state, entries), _BAD_FIELD)


def october_set(state: object, self: int, name: str, value: Sequence[bytes]) -> None:
    _insist(calls_fields.set_(state, self, name, value), _BAD_FIELD)


def october_delete(state: object, self: int, name: str) -> None:
    _insist(calls_fields.delete(state, self, name), _BAD_FIELD)


def october_append(state: object, self: int, name: str, value: bytes) -> None:
    _insist(calls_fields.append(state, self, name, value), _BAD_FIELD)


def october_request(
    _state: object,
    method: Case,
    path_with_query: Some[str] | None,
    scheme: Some[Case] | None,
    authority: Some[str] | None,
    headers: int,
) -> int:
    resources = current().resources
    request = OutgoingRequest(fields_of(resources, headers))
    set_all = (
        request.set_method(method)
        and request.set_path_with_query(path_with_query)
        and request.set_scheme(scheme)
        and request.set_authority(authority)
    )
    if not set_all:
        raise Trapped("it gave a request line that no message can carry")
    return resources.own(OUTGOING_REQUEST, request)


def october_response(_state: object, status_code: int, headers: int) -> int:
    resources = current().resources
    response = OutgoingResponse(fields_of(resources, headers))
    if not response.set_status(status_code):
        raise Trapped(f"it gave a status, {status_code}, that no message can carry")
    return resources.own(OUTGOING_RESPONSE, response)


def october_outparam_set(state: object, param: int, response: Ok[int] | Err[Case]) -> None:
    known = Err(_as_code(response.value)) if isinstance(response, Err) else response
    calls_responses.outparam_set(state, param, known)


def october_finish(state: object, this: int, trailers: Some[int] | None) -> None:
    """A body that is not as long as promised breaks off; the guest is not told."""
    calls_bodies.outgoing_finish(state, this, trailers)


def october_trailers(state: object, self: int) -> Some[Ok[int] | Err[Case]] | None:
    match trailers_again(state, self):
        case Some(Ok(Some(rep))):
            return Some(Ok(rep))
        case Some(Ok(None)):
            return Some(Ok(own_fields(current().resources, Fields())))
        case Some(Err(code)):
            return Some(Err(_as_error(code)))
    return None


def october_response_get(state: object, self: int) -> Some[Ok[Ok[int] | Err[Case]] | Err[None]] | None:
    match calls_responses.future_get(state, self):
        case Some(Ok(Err(code))):
            return Some(Ok(Err(_as_error(code))))
        case answer:
            return answer


def october_handle(state: WasiHttpState, request: int, options: Some[_Options] | None) -> Ok[int] | Err[Case]:
    asked = None if options is None else Some(_owned(options.value))
    match sending.handle(state, request, asked):
        case Err(code):
            return Err(_as_error(code))
        case handled:
            return handled


def _owned(options: _Options) -> int:
    def nanoseconds(asked: Some[int] | None) -> Some[int] | None:
        return None if asked is None else Some(asked.value * _NS_PER_MS)

    return current().resources.own(
        REQUEST_OPTIONS,
        RequestOptions(
            nanoseconds(options.connect_timeout_ms),
            nanoseconds(options.first_byte_timeout_ms),
            nanoseconds(options.between_bytes_timeout_ms),
        ),
    )


def _with(known: Sequence[Function], changed: Sequence[Function]) -> tuple[Function, ...]:
    """Those that are known, but for what is changed."""
    names = {function.name for function in changed}
    return (*(function for function in known if function.name not in names), *changed)


def _renamed(known: Sequence[Function], names: dict[str, str]) -> tuple[Function, ...]:
    return tuple(Function(names[f.name], f.type, f.call) for f in known if f.name in names)


FINAL: Final = (
    *calls_fields.FUNCTIONS,
    *calls_requests.FUNCTIONS,
    *calls_responses.FUNCTIONS,
    *calls_bodies.FUNCTIONS,
)
"""`wasi:http/types` as it came to be."""

_TIMEOUTS = ("connect-timeout", "first-byte-timeout", "between-bytes-timeout")

NOVEMBER: Final = _with(FINAL, (
    *_renamed(FINAL, {
        f"[method]request-options.{which}{name}": f"[method]request-options.{which}{name}-ms"
        for name in _TIMEOUTS
        for which in ("", "set-")
    }),
    *functions({
        "[constructor]outgoing-response": (
            "func(headers: borrow<fields>) -> own<outgoing-response>", response_borrowing
        ),
        "[method]future-trailers.get": (
            "func(self: borrow<future-trailers>) "
            f"-> option<result<option<own<fields>>, {ERROR_CODE}>>", trailers_again
        ),
    }),
))  # fmt: skip

_FIELDS = "self: borrow<fields>"

OCTOBER: Final = _with(NOVEMBER, (
    *_renamed(FINAL, {
        "[method]outgoing-request.body": "[method]outgoing-request.write",
        "[method]outgoing-response.body": "[method]outgoing-response.write",
    }),
    *functions({
        "[constructor]fields": (
            "func(entries: list<tuple<string, list<u8>>>) -> own<fields>", october_fields
        ),
        "[method]fields.set": (f"func({_FIELDS}, name: string, value: list<list<u8>>)", october_set),
        "[method]fields.delete": (f"func({_FIELDS}, name: string)", october_delete),
        "[method]fields.append": (f"func({_FIELDS}, name: string, value: list<u8>)", october_append),
        "[constructor]outgoing-request": (
            f"func(method: {METHOD}, path-with-query: option<string>, scheme: option<{SCHEME}>, "
            "authority: option<string>, headers: borrow<fields>) -> own<outgoing-request>", october_request
        ),
        "[constructor]outgoing-response": (
            "func(status-code: u16, headers: borrow<fields>) -> own<outgoing-response>", october_response
        ),
        "[static]response-outparam.set": (
            f"func(param: own<response-outparam>, response: result<own<outgoing-response>, {_ERROR}>)",
            october_outparam_set,
        ),
        "[static]outgoing-body.finish": (
            "func(this: own<outgoing-body>, trailers: option<own<fields>>)", october_finish
        ),
        "[method]future-trailers.get": (
            "func(self: borrow<future-trailers>) "
            f"-> option<result<own<fields>, {_ERROR}>>", october_trailers
        ),
        "[method]future-incoming-response.get": (
            "func(self: borrow<future-incoming-response>) "
            f"-> option<result<result<own<incoming-response>, {_ERROR}>>>", october_response_get
        ),
    }),
))  # fmt: skip

OCTOBER_HANDLER: Final = functions({
    "handle": (
        f"func(request: own<outgoing-request>, options: option<{_OPTIONS}>) "
        f"-> result<own<future-incoming-response>, {_ERROR}>", october_handle
    ),
})  # fmt: skip
