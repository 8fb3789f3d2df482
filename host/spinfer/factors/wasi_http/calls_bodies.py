"""The calls of bodies and trailers, and `http-error-code`. Guest thread."""

from __future__ import annotations

from typing import cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http.bodies import FutureTrailers, IncomingBody, OutgoingBody
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.handles import FUTURE_TRAILERS, own_fields
from spinfer.factors.wasi_http.interface import ERROR_CODE, functions
from spinfer.factors.wasi_io.handles import error_of, own_input, own_output, own_pollable


def incoming_stream(_state: object, self: int) -> Ok[int] | Err[None]:
    resources = current().resources
    stream = cast(IncomingBody, resources.borrow(self)).stream()
    return Err(None) if stream is None else Ok(own_input(resources, stream, self))


def incoming_finish(_state: object, this: int) -> int:
    resources = current().resources
    return resources.own(FUTURE_TRAILERS, cast(IncomingBody, resources.take(this)).finish())


def _trailers(rep: int) -> FutureTrailers:
    return cast(FutureTrailers, current().resources.borrow(rep))


def trailers_subscribe(_state: object, self: int) -> int:
    return own_pollable(current().resources, _trailers(self), self)


def trailers_get(_state: object, self: int) -> Some[Ok[Ok[Some[int] | None] | Err[Case]] | Err[None]] | None:
    try:
        ending = _trailers(self).get()
    except LookupError:
        return Some(Err(None))
    if ending is None:
        return None
    match ending.value:
        case Ok(()):
            return Some(Ok(Ok(None)))
        case Ok(entries):
            return Some(Ok(Ok(Some(own_fields(current().resources, Fields.received(entries))))))
        case Err() as error:
            return Some(Ok(error))


def outgoing_write(_state: object, self: int) -> Ok[int] | Err[None]:
    resources = current().resources
    stream = cast(OutgoingBody, resources.borrow(self)).write()
    return Err(None) if stream is None else Ok(own_output(resources, stream, self))


def outgoing_finish(_state: object, this: int, trailers: Some[int] | None) -> Ok[None] | Err[Case]:
    resources = current().resources
    body = cast(OutgoingBody, resources.take(this))
    entries = () if trailers is None else cast(Fields, resources.take(trailers.value)).entries()
    try:
        body.finish(entries)
    except HttpError as e:
        return Err(e.code)
    return Ok(None)


def http_error_code(_state: object, err: int) -> Some[Case] | None:
    match error_of(current().resources, err).cause:
        case HttpError(code=code):
            return Some(code)
        case _:
            return None


FUNCTIONS = functions({
    "[method]incoming-body.stream": (
        "func(self: borrow<incoming-body>) -> result<own<input-stream>>", incoming_stream
    ),
    "[static]incoming-body.finish": (
        "func(this: own<incoming-body>) -> own<future-trailers>", incoming_finish
    ),
    "[method]future-trailers.subscribe": (
        "func(self: borrow<future-trailers>) -> own<pollable>", trailers_subscribe
    ),
    "[method]future-trailers.get": (
        "func(self: borrow<future-trailers>) "
        f"-> option<result<result<option<own<fields>>, {ERROR_CODE}>>>", trailers_get
    ),
    "[method]outgoing-body.write": (
        "func(self: borrow<outgoing-body>) -> result<own<output-stream>>", outgoing_write
    ),
    "[static]outgoing-body.finish": (
        f"func(this: own<outgoing-body>, trailers: option<own<fields>>) -> result<_, {ERROR_CODE}>",
        outgoing_finish,
    ),
    "http-error-code": (f"func(err: borrow<error>) -> option<{ERROR_CODE}>", http_error_code),
})  # fmt: skip
