"""Values as wasmtime lays them out, but in Python's own memory, for wasmtime to copy in one call.

Making each part of a value where it belongs takes a call into wasmtime or two. Here every part is a `bytes`
that points at the next ones; wasmtime clones the outermost cell and all that hangs on it. Before that nothing
is allocated in wasmtime, so raising frees nothing.

A draft takes the value and a list, to which it appends whatever its cell points at: keep that until the cell
has been cloned.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinfer.bindings import bulk, layout
from spinfer.bindings import types as t
from spinfer.bindings.layout import CELL, ENTRY_CELL, PAYLOAD, VECTOR, Kind
from spinfer.bindings.lifting import FEW_OCTETS, FORMATS
from spinfer.bindings.values import Case, Err, Ok, Some, snake

Kept = list[object]
Draft = Callable[[Any, Kept], bytes]
"""draft(value, kept) → its cell"""

FEW_NUMBERS = 32
"""Up to so many, numpy takes longer to get going than they take without it."""
_STRING, _LIST = int(Kind.STRING), int(Kind.LIST)

_pack = Struct("<QQQ8x").pack
_pack_variant = Struct("<QQQQ").pack
_pack_option = Struct("<QQ16x").pack
_pack_entry = Struct(f"<QQ{ENTRY_CELL - VECTOR.size}x").pack
_BYTES = layout.BYTES
_OCTETS = Struct("<Q24x").pack(Kind.U8) * FEW_OCTETS
"""Cells of zeros, to be filled in."""


def drafts(type_: t.Type, *, lists: bool = True) -> bool:  # noqa: PLR0911 - a case a kind
    """Whether values of the type can be made here: handles need the store. Without `lists`: none within."""

    def parts(*types: t.Type | None) -> bool:
        return all(part is None or drafts(part, lists=lists) for part in types)

    match type_:
        case t.HandleOf() | t.Opaque():
            return False
        case t.ListOf(part):
            return lists and parts(part)
        case t.OptionOf(part):
            return parts(part)
        case t.TupleOf(elements):
            return parts(*elements)
        case t.RecordOf(named) | t.VariantOf(named):
            return parts(*(part for _, part in named))
        case t.ResultOf(ok, err):
            return parts(ok, err)
        case _:
            return True


@cache
def draft_of(type_: t.Type) -> Draft:  # noqa: PLR0911 - a case a kind
    """What drafts values of `type_`, which must be one that `drafts`."""
    match type_:
        case t.Scalar():
            return _scalar(type_)
        case t.ListOf(element):
            return _list(element)
        case t.TupleOf(elements):
            return _tuple(elements)
        case t.RecordOf(fields):
            return _record(fields)
        case t.VariantOf(cases):
            return _variant(cases)
        case t.EnumOf(names):
            return _enum(names)
        case t.FlagsOf(names):
            return _flags(names)
        case t.OptionOf(payload):
            return _option(payload)
        case t.ResultOf(ok, err):
            return _result(ok, err)
        case _:
            raise TypeError(f"a value of type {type_} needs the store")


def wrong(value: object, wanted: str) -> TypeError:
    return TypeError(f"expected {wanted}, got {value!r:.60}")


def _scalar(scalar: t.Scalar) -> Draft:
    match scalar:
        case t.Scalar.STRING:
            return _string
        case t.Scalar.CHAR:
            return _char
        case t.Scalar.BOOL:
            return _bool
    code = FORMATS[scalar]
    pack, kind = Struct(f"<Q{code}{CELL - PAYLOAD - Struct(code).size}x").pack, int(Kind[scalar.name])
    return lambda value, _kept: pack(kind, value)


_BOOLS = {value: _pack(Kind.BOOL, value, 0) for value in (False, True)}


def _bool(value: object, _kept: Kept) -> bytes:
    if not isinstance(value, (bool, np.bool_)):
        raise wrong(value, "a bool")
    return _BOOLS[bool(value)]


def _char(value: object, _kept: Kept) -> bytes:
    if not isinstance(value, str) or len(value) != 1:
        raise wrong(value, "a str of one character")
    value.encode()  # raises for half of a surrogate pair, which wasmtime would end the process for
    return _pack(Kind.CHAR, ord(value), 0)


def _string(value: object, kept: Kept) -> bytes:
    if not isinstance(value, str):
        raise wrong(value, "a str")
    data = value.encode()
    kept.append(data)
    return _pack(_STRING, len(data), id(data) + _BYTES)


def _vector(kind: int, count: int, content: bytes, kept: Kept) -> bytes:
    kept.append(content)
    return _pack(kind, count, id(content) + _BYTES)


def _list(element: t.Type) -> Draft:
    if element is t.Scalar.U8:
        return octets
    if isinstance(element, t.Scalar) and element.is_number:
        return _numbers(element)
    draft_element = draft_of(element)

    def draft(value: object, kept: Kept) -> bytes:
        items = sequence(value)
        content = b"".join([draft_element(item, kept) for item in items])
        return _vector(Kind.LIST, len(items), content, kept)

    return draft


def sequence(value: object) -> list[object] | tuple[object, ...]:
    if isinstance(value, (list, tuple)):
        return value
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
        raise wrong(value, "a sequence")
    return list(value)


def octets(value: object, kept: Kept) -> bytes:
    """A `list<u8>` from any buffer."""
    if type(value) is not bytes or len(value) > FEW_OCTETS:
        return _many(Kind.U8, bulk.as_octets(value), kept)
    cells = bytearray(_OCTETS[: len(value) * CELL])
    cells[PAYLOAD::CELL] = value
    content = bytes(cells)
    kept.append(content)
    return _pack(_LIST, len(value), id(content) + _BYTES)


def _numbers(element: t.Scalar) -> Draft:
    dtype, kind, draft_number = bulk.DTYPES[element], Kind[element.name], _scalar(element)

    def draft(value: object, kept: Kept) -> bytes:
        if type(value) is list and len(value) <= FEW_NUMBERS:
            try:
                content = b"".join([draft_number(number, kept) for number in value])
                return _vector(Kind.LIST, len(value), content, kept)
            except (struct.error, OverflowError):
                pass
        return _many(kind, bulk.as_array(value, dtype), kept)

    return draft


def _many(kind: Kind, numbers: NDArray[Any], kept: Kept) -> bytes:
    if not numbers.size:
        return _vector(Kind.LIST, 0, b"", kept)
    cells = bulk.rows(kind, numbers[np.newaxis])
    kept.append(cells)
    return _pack(Kind.LIST, numbers.size, cells.ctypes.data)


def _tuple(elements: tuple[t.Type, ...]) -> Draft:
    drafts_of = [draft_of(type_) for type_ in elements]

    def draft(value: object, kept: Kept) -> bytes:
        if not isinstance(value, (tuple, list)) or len(value) != len(elements):
            raise wrong(value, f"a tuple of {len(elements)}")
        content = b"".join([draft(part, kept) for draft, part in zip(drafts_of, value, strict=True)])
        return _vector(Kind.TUPLE, len(elements), content, kept)

    return draft


@cache
def _name(name: str) -> bytes:
    """A constant, kept for good: drafts point at it."""
    return name.encode()


def _named(name: str) -> tuple[int, int]:
    """Its size and its address."""
    return len(_name(name)), id(_name(name)) + _BYTES


def _record(fields: tuple[tuple[str, t.Type], ...]) -> Draft:
    entries = [(_pack_entry(*_named(name)), draft_of(type_)) for name, type_ in fields]
    names = [snake(name) for name, _ in fields]
    read = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)

    def draft(value: object, kept: Kept) -> bytes:
        parts = zip(entries, read(value), strict=True)
        content = b"".join([name + draft(part, kept) for (name, draft), part in parts])
        return _vector(Kind.RECORD, len(fields), content, kept)

    return draft


def _payload(type_: t.Type | None) -> Callable[[object, Kept], int]:
    """Drafts a payload's cell, and gives its address: 0 where there is no payload."""
    if type_ is None:
        return no_payload
    draft = draft_of(type_)

    def draft_payload(value: object, kept: Kept) -> int:
        cell = draft(value, kept)
        kept.append(cell)
        return id(cell) + _BYTES

    return draft_payload


def no_payload(value: object, _kept: object = None) -> int:
    if value is not None:
        raise wrong(value, "no payload")
    return 0


def _variant(cases: tuple[tuple[str, t.Type | None], ...]) -> Draft:
    known = {name: (*_named(name), _payload(type_)) for name, type_ in cases}

    def draft(value: object, kept: Kept) -> bytes:
        if not isinstance(value, Case) or value.name not in known:
            raise wrong(value, f"a Case of {', '.join(known)}")
        size, name, draft_payload = known[value.name]
        return _pack_variant(Kind.VARIANT, size, name, draft_payload(value.value, kept))

    return draft


def _enum(names: tuple[str, ...]) -> Draft:
    known = {name: _pack(Kind.ENUM, *_named(name)) for name in names}

    def draft(value: object, _kept: Kept) -> bytes:
        if not isinstance(value, str) or value not in known:
            raise wrong(value, f"one of {', '.join(known)}")
        return known[value]

    return draft


def _flags(names: tuple[str, ...]) -> Draft:
    known = {name: VECTOR.pack(*_named(name)) for name in names}

    def draft(value: object, kept: Kept) -> bytes:
        if not isinstance(value, (set, frozenset)) or value - known.keys():
            raise wrong(value, f"a set of {', '.join(known)}")
        chosen = [vector for name, vector in known.items() if name in value]
        return _vector(Kind.FLAGS, len(chosen), b"".join(chosen), kept)

    return draft


def _option(payload: t.Type) -> Draft:
    draft_payload = _payload(payload)
    none = _pack_option(Kind.OPTION, 0)

    def draft(value: object, kept: Kept) -> bytes:
        if value is None:
            return none
        if not isinstance(value, Some):
            raise wrong(value, "Some(value) or None")
        return _pack_option(Kind.OPTION, draft_payload(value.value, kept))

    return draft


def _result(ok: t.Type | None, err: t.Type | None) -> Draft:
    draft_ok, draft_err = _payload(ok), _payload(err)

    def draft(value: object, kept: Kept) -> bytes:
        if isinstance(value, Ok):
            return _pack(Kind.RESULT, True, draft_ok(value.value, kept))
        if isinstance(value, Err):
            return _pack(Kind.RESULT, False, draft_err(value.value, kept))
        raise wrong(value, "Ok(value) or Err(value)")

    return draft
