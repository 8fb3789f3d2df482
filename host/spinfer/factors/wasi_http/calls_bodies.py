"""The calls of bodies and trailers, and `http-error-code`. Guest thread."""

from __future__ import annotations

from collections.abc import Callable

from spinfer.bindings.hostcall import borrowed, current, taken
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http.bodies import FutureTrailers, IncomingBody, OutgoingBody
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.fields import Entry, Fields
from spinfer.factors.wasi_http.handles import FUTURE_TRAILERS, own_fields
from spinfer.factors.wasi_http.interface import ERROR_CODE, functions
from spinfer.factors.wasi_io.handles import error_of, own_input, own_output, own_pollable

_incoming: Callable[[int], IncomingBody] = borrowed
_outgoing: Callable[[int], OutgoingBody] = borrowed
_trailers: Callable[[int], FutureTrailers] = borrowed


def incoming_stream(_state: object, self: int) -> Ok[int] | Err[None]:
    stream = _incoming(self).stream()
    return Err(None) if stream is None else Ok(own_input(current().resources, stream, self))


def incoming_finish(_state: object, this: int) -> int:
    body: IncomingBody = taken(this)
    return current().resources.own(FUTURE_TRAILERS, body.finish())


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
    stream = _outgoing(self).write()
    return Err(None) if stream is None else Ok(own_output(current().resources, stream, self))


def outgoing_finish(_state: object, this: int, trailers: Some[int] | None) -> Ok[None] | Err[Case]:
    body: OutgoingBody = taken(this)
    try:
        body.finish(() if trailers is None else _entries_of(trailers.value))
    except HttpError as e:
        return Err(e.code)
    return Ok(None)


def _entries_of(trailers: int) -> tuple[Entry, ...]:
    fields: Fields = taken(trailers)
    return fields.entries()


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
