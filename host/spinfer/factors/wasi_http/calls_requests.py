"""The calls of requests and their options, incoming and outgoing. Guest thread."""

from __future__ import annotations

from collections.abc import Callable

from spinfer.bindings.hostcall import borrowed, current, taken
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import syntax
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.handles import (
    INCOMING_BODY,
    OUTGOING_BODY,
    OUTGOING_REQUEST,
    REQUEST_OPTIONS,
    own_fields,
)
from spinfer.factors.wasi_http.interface import METHOD, SCHEME, functions
from spinfer.factors.wasi_http.outgoing import OutgoingRequest, RequestOptions
from spinfer.factors.wasi_http.received import IncomingRequest

Result = Ok[None] | Err[None]

_incoming: Callable[[int], IncomingRequest] = borrowed
_outgoing: Callable[[int], OutgoingRequest] = borrowed
_options: Callable[[int], RequestOptions] = borrowed


def _result(done: bool) -> Result:
    return Ok(None) if done else Err(None)


def incoming_method(_state: object, self: int) -> Case:
    return syntax.method_case(_incoming(self).request.method)


def incoming_path_with_query(_state: object, self: int) -> Some[str]:
    return Some(_incoming(self).request.path_with_query)


def incoming_scheme(_state: object, self: int) -> Some[Case]:
    return Some(syntax.scheme_case(_incoming(self).request.scheme))


def incoming_authority(_state: object, self: int) -> Some[str]:
    return Some(_incoming(self).request.authority)


def incoming_headers(_state: object, self: int) -> int:
    return own_fields(current().resources, _incoming(self).headers, self)


def incoming_consume(_state: object, self: int) -> Ok[int] | Err[None]:
    body = _incoming(self).consume()
    return Err(None) if body is None else Ok(current().resources.own(INCOMING_BODY, body))


def outgoing_new(_state: object, headers: int) -> int:
    fields: Fields = taken(headers)
    return current().resources.own(OUTGOING_REQUEST, OutgoingRequest(fields))


def outgoing_body(_state: object, self: int) -> Ok[int] | Err[None]:
    body = _outgoing(self).open_body()
    return Err(None) if body is None else Ok(current().resources.own(OUTGOING_BODY, body))


def method(_state: object, self: int) -> Case:
    return _outgoing(self).method


def set_method(_state: object, self: int, value: Case) -> Result:
    return _result(_outgoing(self).set_method(value))


def path_with_query(_state: object, self: int) -> Some[str] | None:
    return _outgoing(self).path_with_query


def set_path_with_query(_state: object, self: int, value: Some[str] | None) -> Result:
    return _result(_outgoing(self).set_path_with_query(value))


def scheme(_state: object, self: int) -> Some[Case] | None:
    return _outgoing(self).scheme


def set_scheme(_state: object, self: int, value: Some[Case] | None) -> Result:
    return _result(_outgoing(self).set_scheme(value))


def authority(_state: object, self: int) -> Some[str] | None:
    return _outgoing(self).authority


def set_authority(_state: object, self: int, value: Some[str] | None) -> Result:
    return _result(_outgoing(self).set_authority(value))


def outgoing_headers(_state: object, self: int) -> int:
    return own_fields(current().resources, _outgoing(self).headers, self)


def options_new(_state: object) -> int:
    return current().resources.own(REQUEST_OPTIONS, RequestOptions())


def connect_timeout(_state: object, self: int) -> Some[int] | None:
    return _options(self).connect_timeout


def set_connect_timeout(_state: object, self: int, duration: Some[int] | None) -> Result:
    _options(self).connect_timeout = duration
    return Ok(None)


def first_byte_timeout(_state: object, self: int) -> Some[int] | None:
    return _options(self).first_byte_timeout


def set_first_byte_timeout(_state: object, self: int, duration: Some[int] | None) -> Result:
    _options(self).first_byte_timeout = duration
    return Ok(None)


def between_bytes_timeout(_state: object, self: int) -> Some[int] | None:
    return _options(self).between_bytes_timeout


def set_between_bytes_timeout(_state: object, self: int, duration: Some[int] | None) -> Result:
    _options(self).between_bytes_timeout = duration
    return Ok(None)


_IN = "self: borrow<incoming-request>"
_OUT = "self: borrow<outgoing-request>"
_OPTIONS = "self: borrow<request-options>"
_GET = f"func({_OPTIONS}) -> option<u64>"
_SET = f"func({_OPTIONS}, duration: option<u64>) -> result"

FUNCTIONS = functions({
    "[method]incoming-request.method": (f"func({_IN}) -> {METHOD}", incoming_method),
    "[method]incoming-request.path-with-query": (f"func({_IN}) -> option<string>", incoming_path_with_query),
    "[method]incoming-request.scheme": (f"func({_IN}) -> option<{SCHEME}>", incoming_scheme),
    "[method]incoming-request.authority": (f"func({_IN}) -> option<string>", incoming_authority),
    "[method]incoming-request.headers": (f"func({_IN}) -> own<fields>", incoming_headers),
    "[method]incoming-request.consume": (f"func({_IN}) -> result<own<incoming-body>>", incoming_consume),
    "[constructor]outgoing-request": ("func(headers: own<fields>) -> own<outgoing-request>", outgoing_new),
    "[method]outgoing-request.body": (f"func({_OUT}) -> result<own<outgoing-body>>", outgoing_body),
    "[method]outgoing-request.method": (f"func({_OUT}) -> {METHOD}", method),
    "[method]outgoing-request.set-method": (f"func({_OUT}, method: {METHOD}) -> result", set_method),
    "[method]outgoing-request.path-with-query": (f"func({_OUT}) -> option<string>", path_with_query),
    "[method]outgoing-request.set-path-with-query": (
        f"func({_OUT}, path-with-query: option<string>) -> result", set_path_with_query
    ),
    "[method]outgoing-request.scheme": (f"func({_OUT}) -> option<{SCHEME}>", scheme),
    "[method]outgoing-request.set-scheme": (f"func({_OUT}, scheme: option<{SCHEME}>) -> result", set_scheme),
    "[method]outgoing-request.authority": (f"func({_OUT}) -> option<string>", authority),
    "[method]outgoing-request.set-authority": (
        f"func({_OUT}, authority: option<string>) -> result", set_authority
    ),
    "[method]outgoing-request.headers": (f"func({_OUT}) -> own<fields>", outgoing_headers),
    "[constructor]request-options": ("func() -> own<request-options>", options_new),
    "[method]request-options.connect-timeout": (_GET, connect_timeout),
    "[method]request-options.set-connect-timeout": (_SET, set_connect_timeout),
    "[method]request-options.first-byte-timeout": (_GET, first_byte_timeout),
    "[method]request-options.set-first-byte-timeout": (_SET, set_first_byte_timeout),
    "[method]request-options.between-bytes-timeout": (_GET, between_bytes_timeout),
    "[method]request-options.set-between-bytes-timeout": (_SET, set_between_bytes_timeout),
})  # fmt: skip
