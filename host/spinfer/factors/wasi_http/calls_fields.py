"""The calls of `fields`, with the results that WIT gives to a refused change. Guest thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from spinfer.bindings.hostcall import borrowed, current
from spinfer.bindings.values import Case, Err, Ok
from spinfer.factors.wasi_http.fields import Fields, HeaderError
from spinfer.factors.wasi_http.handles import own_fields
from spinfer.factors.wasi_http.interface import functions

_ERROR = "variant{invalid-syntax, forbidden, immutable}"
_SELF = "self: borrow<fields>"

_fields: Callable[[int], Fields] = borrowed


def new(_state: object) -> int:
    return own_fields(current().resources, Fields())


def from_list(_state: object, entries: Sequence[tuple[str, bytes]]) -> Ok[int] | Err[Case]:
    try:
        fields = Fields.checked(entries)
    except HeaderError as e:
        return Err(Case(e.case))
    return Ok(own_fields(current().resources, fields))


def get(_state: object, self: int, name: str) -> list[bytes]:
    return _fields(self).get(name)


def has(_state: object, self: int, name: str) -> bool:
    return _fields(self).has(name)


def set_(_state: object, self: int, name: str, value: Sequence[bytes]) -> Ok[None] | Err[Case]:
    return _changed(lambda: _fields(self).set(name, value))


def delete(_state: object, self: int, name: str) -> Ok[None] | Err[Case]:
    return _changed(lambda: _fields(self).delete(name))


def append(_state: object, self: int, name: str, value: bytes) -> Ok[None] | Err[Case]:
    return _changed(lambda: _fields(self).append(name, value))


def entries(_state: object, self: int) -> tuple[tuple[str, bytes], ...]:
    return _fields(self).entries()


def clone(_state: object, self: int) -> int:
    return own_fields(current().resources, _fields(self).clone())


def _changed(change: Callable[[], None]) -> Ok[None] | Err[Case]:
    try:
        change()
    except HeaderError as e:
        return Err(Case(e.case))
    return Ok(None)


FUNCTIONS = functions({
    "[constructor]fields": ("func() -> own<fields>", new),
    "[static]fields.from-list": (
        f"func(entries: list<tuple<string, list<u8>>>) -> result<own<fields>, {_ERROR}>",
        from_list,
    ),
    "[method]fields.get": (f"func({_SELF}, name: string) -> list<list<u8>>", get),
    "[method]fields.has": (f"func({_SELF}, name: string) -> bool", has),
    "[method]fields.set": (
        f"func({_SELF}, name: string, value: list<list<u8>>) -> result<_, {_ERROR}>", set_
    ),
    "[method]fields.delete": (f"func({_SELF}, name: string) -> result<_, {_ERROR}>", delete),
    "[method]fields.append": (f"func({_SELF}, name: string, value: list<u8>) -> result<_, {_ERROR}>", append),
    "[method]fields.entries": (f"func({_SELF}) -> list<tuple<string, list<u8>>>", entries),
    "[method]fields.clone": (f"func({_SELF}) -> own<fields>", clone),
})  # fmt: skip
