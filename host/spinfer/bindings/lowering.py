"""Python values → component values. A converter is compiled once per type; wasmtime owns the memory.

A lowerer takes the value, the address of a cell that holds `false`, and the store's address, which only
handles need. It may raise at any point (a value of the wrong kind is the host's mistake): the cell then still
holds a valid value, and freeing the outermost one frees everything.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinfer.bindings import bulk, layout, traps, tree
from spinfer.bindings import types as t
from spinfer.bindings.layout import CELL, ENTRY, ENTRY_CELL, PAYLOAD, VECTOR, Kind
from spinfer.bindings.lifting import FORMATS
from spinfer.bindings.values import Case, Err, Ok, Some, snake

Lower = Callable[[Any, int, int], None]
"""lower(value, address of its cell, store)"""

_DATA = PAYLOAD + 8
"""Where a vector's address lies in its cell."""
_VARIANT_CELL = PAYLOAD + VECTOR.size
_RESULT_CELL = PAYLOAD + 8

_MANY = 8
"""Items of a list that are worth a tree of their own."""

_BOOL = Struct("<Q?")
_CHAR = Struct("<QI")
_NONE = bytes(8)
"""The address of no cell."""

_write = layout.write
_set_kind = layout.set_kind


def arguments(types: tuple[t.Type, ...]) -> Callable[[Sequence[object], int, int], None]:
    """A converter of a call's arguments: (values, address of their cells, store)."""
    lowerers = [lowerer(type_) for type_ in types]

    def lower(values: Sequence[object], address: int, store: int) -> None:
        for lower, value in zip(lowerers, values, strict=True):
            lower(value, address, store)
            address += CELL

    return lower


@cache
def lowerer(type_: t.Type) -> Lower:  # noqa: PLR0911, PLR0912 - a case a kind
    """The converter for values of `type_`."""
    match type_:
        case t.Scalar.STRING:
            return _string
        case t.Scalar.CHAR:
            return _char
        case t.Scalar.BOOL:
            return _bool
        case t.Scalar():
            return _number(type_)
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
        case t.HandleOf(name, type_id, owned):
            return _handle(name, type_id, owned)
        case t.Opaque(name):
            raise TypeError(f"a value of type {name} cannot cross")


def _wrong(value: object, wanted: str) -> TypeError:
    return TypeError(f"expected {wanted}, got {value!r:.60}")


def _number(scalar: t.Scalar) -> Lower:
    packer = Struct(f"<Q{FORMATS[scalar]}")
    pack, size, kind = packer.pack, packer.size, Kind[scalar.name]

    def lower(value: object, at: int, _store: int) -> None:
        _write(at, pack(kind, value), size)

    return lower


def _bool(value: object, at: int, _store: int) -> None:
    if not isinstance(value, (bool, np.bool_)):
        raise _wrong(value, "a bool")
    _write(at, _BOOL.pack(Kind.BOOL, bool(value)), _BOOL.size)


def _char(value: object, at: int, _store: int) -> None:
    if not isinstance(value, str) or len(value) != 1:
        raise _wrong(value, "a str of one character")
    code = ord(value)
    if 0xD800 <= code < 0xE000:  # wasmtime would end the process, not the call
        raise ValueError(f"{value!r} is half of a surrogate pair, not a character")
    _write(at, _CHAR.pack(Kind.CHAR, code), _CHAR.size)


def _string(value: object, at: int, _store: int) -> None:
    if not isinstance(value, str):
        raise _wrong(value, "a str")
    data = value.encode()
    layout.new_bytes(at + PAYLOAD, len(data), data)
    _set_kind(at, Kind.STRING)


def _list(element: t.Type) -> Lower:
    if element is t.Scalar.U8:
        return _octets
    if isinstance(element, t.Scalar) and element.is_number:
        return _numbers(element)
    if isinstance(element, t.ListOf) and isinstance(element.element, t.Scalar) and element.element.is_number:
        return _number_lists(element.element)
    return _items(element)


def _items(element: t.Type) -> Lower:
    lower_element = lowerer(element)
    emit = tree.emitter(t.ListOf(element)) if tree.holds(element) else None

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
            raise _wrong(value, "a sequence")
        items = value if isinstance(value, (list, tuple)) else list(value)
        if emit is not None and len(items) >= _MANY:
            whole = tree.Tree()
            emit(items, whole, 0)
            whole.move_to(at)
            return
        layout.new_list(at + PAYLOAD, len(items))
        _set_kind(at, Kind.LIST)
        cell = layout.address_at(at + _DATA) if items else 0
        for item in items:
            lower_element(item, cell, store)
            cell += CELL

    return lower


def _octets(value: object, at: int, _store: int) -> None:
    _number_list(bulk.as_octets(value), Kind.U8, at)


def _numbers(element: t.Scalar) -> Lower:
    dtype, kind = bulk.DTYPES[element], Kind[element.name]

    def lower(value: object, at: int, _store: int) -> None:
        _number_list(bulk.as_array(value, dtype), kind, at)

    return lower


def _number_list(values: NDArray[Any], kind: Kind, at: int) -> None:
    layout.new_list(at + PAYLOAD, values.size)
    if values.size:
        bulk.fill(layout.address_at(at + _DATA), kind, values)
    _set_kind(at, Kind.LIST)


def _number_lists(element: t.Scalar) -> Lower:
    dtype, kind = bulk.DTYPES[element], Kind[element.name]
    one_by_one = _items(t.ListOf(element))

    def lower(value: object, at: int, store: int) -> None:
        if isinstance(value, np.ndarray) and value.size:
            _number_table(bulk.as_array(value, dtype, dimensions=2), kind, at)
        else:
            one_by_one(value, at, store)

    return lower


def _number_table(values: NDArray[Any], kind: Kind, at: int) -> None:
    rows, columns = values.shape
    cells = bulk.rows(kind, values)
    row, row_size = cells.ctypes.data, columns * CELL
    layout.new_list(at + PAYLOAD, rows)
    _set_kind(at, Kind.LIST)
    first = layout.address_at(at + _DATA)
    for cell in range(first, first + rows * CELL, CELL):
        layout.new_list_of(cell + PAYLOAD, columns, row)
        _set_kind(cell, Kind.LIST)
        row += row_size


def _tuple(elements: tuple[t.Type, ...]) -> Lower:
    lower_elements = arguments(elements)

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, (tuple, list)) or len(value) != len(elements):
            raise _wrong(value, f"a tuple of {len(elements)}")
        layout.new_tuple(at + PAYLOAD, len(elements))
        _set_kind(at, Kind.TUPLE)
        lower_elements(value, layout.address_at(at + _DATA), store)

    return lower


def _record(fields: tuple[tuple[str, t.Type], ...]) -> Lower:
    count = len(fields)
    template = _template([name for name, _ in fields])
    lowerers = [(lowerer(type_), at * ENTRY + ENTRY_CELL) for at, (_, type_) in enumerate(fields)]
    names = [snake(name) for name, _ in fields]
    read = attrgetter(*names) if count > 1 else lambda value: (getattr(value, names[0]),)

    def lower(value: object, at: int, store: int) -> None:
        values = read(value)
        layout.copy_record(at + PAYLOAD, ctypes.addressof(template))
        _set_kind(at, Kind.RECORD)
        data = layout.address_at(at + _DATA)
        for (lower, offset), part in zip(lowerers, values, strict=True):
            lower(part, data + offset, store)

    return lower


def _template(names: list[str]) -> ctypes.Array[ctypes.c_char]:
    """A record with these names and `false` for values, kept as long as the converter: copied in one call."""
    vector = ctypes.create_string_buffer(VECTOR.size)
    place = ctypes.addressof(vector)
    layout.new_record(place, len(names))
    entry = layout.address_at(place + _DATA - PAYLOAD)
    for name in names:
        layout.new_bytes(entry, len(name.encode()), name.encode())
        entry += ENTRY
    return vector


def _payload(type_: t.Type | None) -> Callable[[Any, int, int], None]:
    """Lowers into a new cell and stores that one's address at a place; None where there is no payload."""
    if type_ is None:
        return _nothing
    lower = lowerer(type_)

    def lower_payload(value: object, place: int, store: int) -> None:
        cell = layout.new_cell(_FALSE)
        _write(place, layout.POINTER.pack(cell), 8)
        lower(value, cell, store)

    return lower_payload


_false = ctypes.create_string_buffer(CELL)
_FALSE = ctypes.addressof(_false)


def _nothing(value: object, place: int, _store: int) -> None:
    if value is not None:
        raise _wrong(value, "no payload")
    _write(place, _NONE, len(_NONE))


def _variant(cases: tuple[tuple[str, t.Type | None], ...]) -> Lower:
    known = {name: (name.encode(), _payload(type_)) for name, type_ in cases}

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, Case) or value.name not in known:
            raise _wrong(value, f"a Case of {', '.join(known)}")
        name, lower_payload = known[value.name]
        _write(at + _VARIANT_CELL, _NONE, len(_NONE))
        layout.new_bytes(at + PAYLOAD, len(name), name)
        _set_kind(at, Kind.VARIANT)
        lower_payload(value.value, at + _VARIANT_CELL, store)

    return lower


def _enum(names: tuple[str, ...]) -> Lower:
    known = {name: name.encode() for name in names}

    def lower(value: object, at: int, _store: int) -> None:
        if not isinstance(value, str) or value not in known:
            raise _wrong(value, f"one of {', '.join(known)}")
        layout.new_bytes(at + PAYLOAD, len(known[value]), known[value])
        _set_kind(at, Kind.ENUM)

    return lower


def _flags(names: tuple[str, ...]) -> Lower:
    known = {name: name.encode() for name in names}

    def lower(value: object, at: int, _store: int) -> None:
        if not isinstance(value, (set, frozenset)) or value - known.keys():
            raise _wrong(value, f"a set of {', '.join(known)}")
        chosen = [name for name in known if name in value]
        layout.new_flags(at + PAYLOAD, len(chosen))
        _set_kind(at, Kind.FLAGS)
        place = layout.address_at(at + _DATA) if chosen else 0
        for name in chosen:
            layout.new_bytes(place, len(known[name]), known[name])
            place += VECTOR.size

    return lower


def _option(payload: t.Type) -> Lower:
    lower_payload = _payload(payload)

    def lower(value: object, at: int, store: int) -> None:
        if value is not None and not isinstance(value, Some):
            raise _wrong(value, "Some(value) or None")
        _write(at + PAYLOAD, _NONE, len(_NONE))
        _set_kind(at, Kind.OPTION)
        if value is not None:
            lower_payload(value.value, at + PAYLOAD, store)

    return lower


def _result(ok: t.Type | None, err: t.Type | None) -> Lower:
    lower_ok, lower_err = _payload(ok), _payload(err)

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, (Ok, Err)):
            raise _wrong(value, "Ok(value) or Err(value)")
        is_ok = isinstance(value, Ok)
        _write(at + PAYLOAD, layout.RESULT.pack(is_ok, 0), layout.RESULT.size)
        _set_kind(at, Kind.RESULT)
        (lower_ok if is_ok else lower_err)(value.value, at + _RESULT_CELL, store)

    return lower


def _handle(name: str, type_id: int | None, owned: bool) -> Lower:
    if type_id is None:
        raise TypeError(f"a handle of `{name}`, which is not the host's, cannot cross")

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, int):
            raise _wrong(value, f"the rep of a `{name}`")
        host = layout.new_host_resource(owned, value, type_id)
        try:
            error = layout.host_to_any(store, host, at + PAYLOAD)
        finally:
            layout.free_host_resource(host)
        if error:
            raise traps.from_error(error)
        _set_kind(at, Kind.RESOURCE)

    return lower
