"""The calls of responses, incoming and outgoing, and of the promises that carry them. Guest thread."""

from __future__ import annotations

from collections.abc import Callable

from spinfer.bindings.hostcall import borrowed, current, taken
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.handles import (
    INCOMING_BODY,
    INCOMING_RESPONSE,
    OUTGOING_BODY,
    OUTGOING_RESPONSE,
    own_fields,
)
from spinfer.factors.wasi_http.interface import ERROR_CODE, functions
from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_http.outgoing import OutgoingResponse
from spinfer.factors.wasi_http.received import IncomingResponse, Refused, ResponseOutparam
from spinfer.factors.wasi_http.sending import FutureIncomingResponse
from spinfer.factors.wasi_io.handles import own_pollable

_incoming: Callable[[int], IncomingResponse] = borrowed
_outgoing: Callable[[int], OutgoingResponse] = borrowed
_future: Callable[[int], FutureIncomingResponse] = borrowed


def outparam_set(_state: object, param: int, response: Ok[int] | Err[Case]) -> None:
    answer = Refused(response.value) if isinstance(response, Err) else _message(response.value)
    outparam: ResponseOutparam = taken(param)
    outparam.set(answer)


def _message(rep: int) -> Response:
    response: OutgoingResponse = taken(rep)
    return response.message()


def outgoing_new(_state: object, headers: int) -> int:
    fields: Fields = taken(headers)
    return current().resources.own(OUTGOING_RESPONSE, OutgoingResponse(fields))


def status_code(_state: object, self: int) -> int:
    return _outgoing(self).status


def set_status_code(_state: object, self: int, status: int) -> Ok[None] | Err[None]:
    return Ok(None) if _outgoing(self).set_status(status) else Err(None)


def outgoing_headers(_state: object, self: int) -> int:
    return own_fields(current().resources, _outgoing(self).headers, self)


def outgoing_body(_state: object, self: int) -> Ok[int] | Err[None]:
    body = _outgoing(self).open_body()
    return Err(None) if body is None else Ok(current().resources.own(OUTGOING_BODY, body))


def status(_state: object, self: int) -> int:
    return _incoming(self).status


def incoming_headers(_state: object, self: int) -> int:
    return own_fields(current().resources, _incoming(self).headers, self)


def incoming_consume(_state: object, self: int) -> Ok[int] | Err[None]:
    body = _incoming(self).consume()
    return Err(None) if body is None else Ok(current().resources.own(INCOMING_BODY, body))


def future_subscribe(_state: object, self: int) -> int:
    return own_pollable(current().resources, _future(self), self)


def future_get(_state: object, self: int) -> Some[Ok[Ok[int] | Err[Case]] | Err[None]] | None:
    try:
        outcome = _future(self).get()
    except LookupError:
        return Some(Err(None))
    if outcome is None:
        return None
    match outcome.value:
        case Ok(response):
            rep = current().resources.own(INCOMING_RESPONSE, IncomingResponse(response))
            return Some(Ok(Ok(rep)))
        case Err() as error:
            return Some(Ok(error))


_IN = "self: borrow<incoming-response>"
_OUT = "self: borrow<outgoing-response>"
_FUTURE = "self: borrow<future-incoming-response>"

FUNCTIONS = functions({
    "[static]response-outparam.set": (
        f"func(param: own<response-outparam>, response: result<own<outgoing-response>, {ERROR_CODE}>)",
        outparam_set,
    ),
    "[constructor]outgoing-response": ("func(headers: own<fields>) -> own<outgoing-response>", outgoing_new),
    "[method]outgoing-response.status-code": (f"func({_OUT}) -> u16", status_code),
    "[method]outgoing-response.set-status-code": (
        f"func({_OUT}, status-code: u16) -> result", set_status_code
    ),
    "[method]outgoing-response.headers": (f"func({_OUT}) -> own<fields>", outgoing_headers),
    "[method]outgoing-response.body": (f"func({_OUT}) -> result<own<outgoing-body>>", outgoing_body),
    "[method]incoming-response.status": (f"func({_IN}) -> u16", status),
    "[method]incoming-response.headers": (f"func({_IN}) -> own<fields>", incoming_headers),
    "[method]incoming-response.consume": (f"func({_IN}) -> result<own<incoming-body>>", incoming_consume),
    "[method]future-incoming-response.subscribe": (f"func({_FUTURE}) -> own<pollable>", future_subscribe),
    "[method]future-incoming-response.get": (
        f"func({_FUTURE}) -> option<result<result<own<incoming-response>, {ERROR_CODE}>>>", future_get
    ),
})  # fmt: skip
