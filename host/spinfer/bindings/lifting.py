"""Component values → Python values. A converter is compiled once per type and reads, never frees.

A lifter takes a copy of some cells, the offset of its own in them, and the store's address, which only
handles need. Each array of cells is copied once, whatever it holds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from struct import Struct

from spinfer.bindings import bulk, layout, traps
from spinfer.bindings import types as t
from spinfer.bindings.layout import CELL, ENTRY, ENTRY_CELL, PAYLOAD, POINTER, RESULT, VARIANT, VECTOR
from spinfer.bindings.values import Case, Err, Ok, Some, record_class

FEW_OCTETS = 256
"""Up to so many, numpy takes longer to get going than they take without it."""

Lift = Callable[[bytes, int, int], object]
"""lift(cells, offset, store) → value"""

_copy = layout.copy
_cell_at = layout.cell_at
_vector = VECTOR.unpack_from
_pointer = POINTER.unpack_from

FORMATS: dict[t.Scalar, str] = {
    t.Scalar.BOOL: "?",
    t.Scalar.S8: "b",
    t.Scalar.U8: "B",
    t.Scalar.S16: "h",
    t.Scalar.U16: "H",
    t.Scalar.S32: "i",
    t.Scalar.U32: "I",
    t.Scalar.S64: "q",
    t.Scalar.U64: "Q",
    t.Scalar.F32: "f",
    t.Scalar.F64: "d",
    t.Scalar.CHAR: "I",
}
"""How `struct` spells a scalar's payload."""


def arguments(types: tuple[t.Type, ...]) -> Callable[[int, int], list[object]]:
    """A converter of a call's arguments: (address of their cells, store) → values."""
    if len(types) == 1:
        return _argument(lifter(types[0]))
    lifters = [(lifter(type_), at * CELL) for at, type_ in enumerate(types)]
    cells_at = layout.block(len(lifters) * CELL)

    def lift(address: int, store: int) -> list[object]:
        cells = cells_at(address).raw
        return [lift(cells, offset, store) for lift, offset in lifters]

    return lift


def _argument(lift: Lift) -> Callable[[int, int], list[object]]:
    """What most functions take is one."""
    return lambda address, store: [lift(_cell_at(address).raw, 0, store)]


@cache
def lifter(type_: t.Type) -> Lift:  # noqa: PLR0911, PLR0912 - a case a kind
    """The converter for values of `type_`."""
    match type_:
        case t.Scalar.STRING:
            return _string
        case t.Scalar.CHAR:
            return _char
        case t.Scalar():
            return _scalar(FORMATS[type_])
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
        case t.FlagsOf():
            return _flags
        case t.OptionOf(payload):
            return _option(payload)
        case t.ResultOf(ok, err):
            return _result(ok, err)
        case t.HandleOf(name, None):
            raise TypeError(f"a handle of `{name}`, which is not the host's, cannot cross")
        case t.HandleOf():
            return _handle
        case t.Opaque(name):
            raise TypeError(f"a value of type {name} cannot cross")


def _scalar(code: str) -> Lift:
    unpack = Struct(f"<{code}").unpack_from
    return lambda cells, at, _store: unpack(cells, at + PAYLOAD)[0]


def _char(cells: bytes, at: int, _store: int) -> str:
    return chr(_pointer(cells, at + PAYLOAD)[0] & 0xFFFFFFFF)


def _string(cells: bytes, at: int, _store: int) -> str:
    size, data = _vector(cells, at + PAYLOAD)
    return _copy(data, size).decode() if size else ""


def _list(element: t.Type) -> Lift:
    if element is t.Scalar.U8:
        return _octets
    if isinstance(element, t.Scalar) and element.is_number:
        return _numbers(element)
    lift_element = lifter(element)

    def lift(cells: bytes, at: int, store: int) -> list[object]:
        size, data = _vector(cells, at + PAYLOAD)
        inner = _copy(data, size * CELL)
        return [lift_element(inner, offset, store) for offset in range(0, size * CELL, CELL)]

    return lift


def _octets(cells: bytes, at: int, _store: int) -> bytes:
    size, data = _vector(cells, at + PAYLOAD)
    return _copy(data, size * CELL)[PAYLOAD::CELL] if size <= FEW_OCTETS else bulk.octets(data, size)


def _numbers(element: t.Scalar) -> Lift:
    dtype = bulk.DTYPES[element]

    def lift(cells: bytes, at: int, _store: int) -> object:
        size, data = _vector(cells, at + PAYLOAD)
        return bulk.numbers(data, size, dtype)

    return lift


def _tuple(elements: tuple[t.Type, ...]) -> Lift:
    lifters = [(lifter(type_), at * CELL) for at, type_ in enumerate(elements)]
    cells_at = layout.block(len(lifters) * CELL)

    def lift(cells: bytes, at: int, store: int) -> tuple[object, ...]:
        inner = cells_at(_vector(cells, at + PAYLOAD)[1]).raw
        return tuple([lift(inner, offset, store) for lift, offset in lifters])

    return lift


def _record(fields: tuple[tuple[str, t.Type], ...]) -> Lift:
    make = record_class(tuple(name for name, _ in fields))._make  # type: ignore[attr-defined]
    lifters = [(lifter(type_), at * ENTRY + ENTRY_CELL) for at, (_, type_) in enumerate(fields)]
    entries_at = layout.block(len(fields) * ENTRY)

    def lift(cells: bytes, at: int, store: int) -> object:
        inner = entries_at(_vector(cells, at + PAYLOAD)[1]).raw
        return make([lift(inner, offset, store) for lift, offset in lifters])

    return lift


def _payload(type_: t.Type | None) -> Callable[[int, int], object]:
    """Lifts the cell at an address; what has no payload is None."""
    if type_ is None:
        return lambda _address, _store: None
    lift = lifter(type_)
    return lambda address, store: lift(_cell_at(address).raw, 0, store)


def _variant(cases: tuple[tuple[str, t.Type | None], ...]) -> Lift:
    known = {name.encode(): (name, _payload(type_)) for name, type_ in cases}

    def lift(cells: bytes, at: int, store: int) -> Case:
        size, data, payload = VARIANT.unpack_from(cells, at + PAYLOAD)
        name, lift_payload = known[_copy(data, size)]
        return Case(name, lift_payload(payload, store))

    return lift


def _enum(names: tuple[str, ...]) -> Lift:
    known = {name.encode(): name for name in names}

    def lift(cells: bytes, at: int, _store: int) -> str:
        size, data = _vector(cells, at + PAYLOAD)
        return known[_copy(data, size)]

    return lift


def _flags(cells: bytes, at: int, _store: int) -> frozenset[str]:
    size, data = _vector(cells, at + PAYLOAD)
    names = VECTOR.iter_unpack(_copy(data, size * VECTOR.size))
    return frozenset(_copy(name, length).decode() for length, name in names)


def _option(payload: t.Type) -> Lift:
    lift_payload = _payload(payload)

    def lift(cells: bytes, at: int, store: int) -> Some[object] | None:
        (address,) = _pointer(cells, at + PAYLOAD)
        return Some(lift_payload(address, store)) if address else None

    return lift


def _result(ok: t.Type | None, err: t.Type | None) -> Lift:
    lift_ok, lift_err = _payload(ok), _payload(err)

    def lift(cells: bytes, at: int, store: int) -> Ok[object] | Err[object]:
        is_ok, address = RESULT.unpack_from(cells, at + PAYLOAD)
        return Ok(lift_ok(address, store)) if is_ok else Err(lift_err(address, store))

    return lift


def _handle(cells: bytes, at: int, store: int) -> int:
    """Turning a handle into the host's resource is what makes the store forget it: exactly once, here."""
    host = ctypes.c_uint64()
    error = layout.any_to_host(store, _pointer(cells, at + PAYLOAD)[0], ctypes.addressof(host))
    if error:
        raise traps.from_error(error)
    rep = layout.host_resource_rep(host.value)
    layout.free_host_resource(host.value)
    return rep
