"""Python values → component values. A converter is compiled once per type; wasmtime owns the memory.

Most values are drafted and cloned. Made in wasmtime's memory, part by part, are only handles, which need the
store, large lists of numbers, which would be copied once more, and what holds either.

A lowerer takes the value, the address of a cell that holds `false`, and the store's address. It may raise at
any point (a value of the wrong kind is the host's mistake): the cell then still holds a valid value, and
freeing the outermost one frees everything.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinfer.bindings import bulk, drafting, layout, traps
from spinfer.bindings import types as t
from spinfer.bindings.drafting import FEW_NUMBERS, draft_of, no_payload, sequence, wrong
from spinfer.bindings.layout import CELL, ENTRY, ENTRY_CELL, PAYLOAD, VECTOR, Kind
from spinfer.bindings.lifting import FEW_OCTETS, FORMATS
from spinfer.bindings.values import Case, Err, Ok, Some, snake

Lower = Callable[[Any, int, int], None]
"""lower(value, address of its cell, store)"""

_DATA = PAYLOAD + 8
"""Where a vector's address lies in its cell."""
_VARIANT_CELL = PAYLOAD + VECTOR.size

_cell_at = layout.cell_at
_pack_into = Struct("<QQQ8x").pack_into
_set_kind = layout.set_kind
_clone = layout.clone_cell


def arguments(types: tuple[t.Type, ...]) -> Callable[[Sequence[object], int, int], None]:
    """A converter of a call's arguments: (values, address of their cells, store)."""
    lowerers = [lowerer(type_) for type_ in types]

    def lower(values: Sequence[object], address: int, store: int) -> None:
        for lower, value in zip(lowerers, values, strict=True):
            lower(value, address, store)
            address += CELL

    return lower


@cache
def lowerer(type_: t.Type) -> Lower:  # noqa: PLR0911 - a case a kind
    """The converter for values of `type_`."""
    if isinstance(type_, t.Scalar) and type_.is_number:
        return _number(type_)
    if drafting.drafts(type_, lists=False):
        return _drafted(type_)
    match type_:
        case t.ListOf(element):
            return _list(element)
        case t.TupleOf(elements):
            return _tuple(elements)
        case t.RecordOf(fields):
            return _record(fields)
        case t.VariantOf(cases):
            return _variant(cases)
        case t.OptionOf(payload):
            return _option(payload)
        case t.ResultOf(ok, err):
            return _result(ok, err)
        case t.HandleOf(name, type_id, owned):
            return _handle(name, type_id, owned)
        case _:
            raise TypeError(f"a value of type {type_} cannot cross")


def _number(scalar: t.Scalar) -> Lower:
    pack_into, kind = Struct(f"<Q{FORMATS[scalar]}").pack_into, int(Kind[scalar.name])

    def lower(value: object, at: int, _store: int) -> None:
        pack_into(_cell_at(at), 0, kind, value)

    return lower


def _drafted(type_: t.Type) -> Lower:
    draft = draft_of(type_)

    def lower(value: object, at: int, _store: int) -> None:
        kept: drafting.Kept = []
        _clone(draft(value, kept), at)

    return lower


def _list(element: t.Type) -> Lower:
    if element is t.Scalar.U8:
        return _octets
    if isinstance(element, t.Scalar) and element.is_number:
        return _numbers(element)
    if isinstance(element, t.ListOf) and isinstance(element.element, t.Scalar) and element.element.is_number:
        return _number_lists(element.element)
    return _drafted(t.ListOf(element)) if drafting.drafts(element) else _items(element)


def _items(element: t.Type) -> Lower:
    lower_element = lowerer(element)

    def lower(value: object, at: int, store: int) -> None:
        items = sequence(value)
        layout.new_list(at + PAYLOAD, len(items))
        _set_kind(at, Kind.LIST)
        cell = layout.address_at(at + _DATA) if items else 0
        for item in items:
            lower_element(item, cell, store)
            cell += CELL

    return lower


def _octets(value: object, at: int, _store: int) -> None:
    if type(value) is bytes and len(value) <= FEW_OCTETS:
        kept: drafting.Kept = []
        _clone(drafting.octets(value, kept), at)
    else:
        _number_list(bulk.as_octets(value), Kind.U8, at)


def _numbers(element: t.Scalar) -> Lower:
    dtype, kind = bulk.DTYPES[element], Kind[element.name]
    lower_few = _drafted(t.ListOf(element))

    def lower(value: object, at: int, store: int) -> None:
        if type(value) is list and len(value) <= FEW_NUMBERS:
            lower_few(value, at, store)
        else:
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
            raise wrong(value, f"a tuple of {len(elements)}")
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


def _payload(type_: t.Type | None) -> Callable[[Any, int, int], int]:
    """Lowers a payload and gives its cell's address, 0 where there is none.

    The payload is made in its owner's cell, which then is freed like any other if that raises, and moved to a
    cell of its own.
    """
    if type_ is None:
        return lambda value, _at, _store: no_payload(value)
    lower = lowerer(type_)

    def lower_payload(value: object, at: int, store: int) -> int:
        lower(value, at, store)
        return layout.new_cell(at)

    return lower_payload


def _variant(cases: tuple[tuple[str, t.Type | None], ...]) -> Lower:
    known = {name: (name.encode(), _payload(type_)) for name, type_ in cases}

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, Case) or value.name not in known:
            raise wrong(value, f"a Case of {', '.join(known)}")
        name, lower_payload = known[value.name]
        cell = lower_payload(value.value, at, store)
        layout.new_bytes(at + PAYLOAD, len(name), name)
        ctypes.c_uint64.from_address(at + _VARIANT_CELL).value = cell
        _set_kind(at, Kind.VARIANT)

    return lower


def _option(payload: t.Type) -> Lower:
    lower_payload = _payload(payload)

    def lower(value: object, at: int, store: int) -> None:
        if value is not None and not isinstance(value, Some):
            raise wrong(value, "Some(value) or None")
        cell = 0 if value is None else lower_payload(value.value, at, store)
        _pack_into(_cell_at(at), 0, Kind.OPTION, cell, 0)

    return lower


def _result(ok: t.Type | None, err: t.Type | None) -> Lower:
    lower_ok, lower_err = _payload(ok), _payload(err)

    def lower(value: object, at: int, store: int) -> None:
        if isinstance(value, Ok):
            _pack_into(_cell_at(at), 0, Kind.RESULT, True, lower_ok(value.value, at, store))
        elif isinstance(value, Err):
            _pack_into(_cell_at(at), 0, Kind.RESULT, False, lower_err(value.value, at, store))
        else:
            raise wrong(value, "Ok(value) or Err(value)")

    return lower


def _handle(name: str, type_id: int | None, owned: bool) -> Lower:
    if type_id is None:
        raise TypeError(f"a handle of `{name}`, which is not the host's, cannot cross")

    def lower(value: object, at: int, store: int) -> None:
        if not isinstance(value, int):
            raise wrong(value, f"the rep of a `{name}`")
        host = layout.new_host_resource(owned, value, type_id)
        try:
            error = layout.host_to_any(store, host, at + PAYLOAD)
        finally:
            layout.free_host_resource(host)
        if error:
            raise traps.from_error(error)
        _set_kind(at, Kind.RESOURCE)

    return lower
