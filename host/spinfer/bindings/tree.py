"""Large values, made in memory of our own and handed to wasmtime in one call.

A list of many records costs several calls into wasmtime for each part, if each is made where it belongs. Here
the whole tree of cells is written into one bytearray, places as offsets; then the offsets become addresses
all at once, and wasmtime copies the tree. Nothing has been allocated before that, so raising frees nothing.

An emitter takes the value, the tree, and the offset of a cell of it that is zero. Every offset is a multiple
of eight.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from struct import Struct
from typing import Any

import numpy as np

from spinfer.bindings import bulk, layout
from spinfer.bindings import types as t
from spinfer.bindings.layout import CELL, ENTRY, ENTRY_CELL, PAYLOAD, VECTOR, Kind
from spinfer.bindings.lifting import FORMATS
from spinfer.bindings.values import Case, Err, Ok, Some, snake

_WORD = 8
_DATA = PAYLOAD + _WORD
"""Where a vector's address lies in its cell."""
_PADDING = tuple(bytes(-size % _WORD) for size in range(_WORD))
_FEW_OCTETS = 64
"""Below this, looking cells up is faster than numpy."""

_put_vector = Struct("<QQQ").pack_into
_put_variant = Struct("<QQQQ").pack_into
_put_option = Struct("<QQ").pack_into
_put_bool = Struct("<Q?").pack_into
_put_char = Struct("<QI").pack_into
_EMPTY_CELL = bytes(CELL)
_OCTETS = [Struct("<QB23x").pack(Kind.U8, octet) for octet in range(256)]


class Tree:
    """Cells in the making: their bytes, and where in these an offset is to become an address."""

    __slots__ = ("cells", "places")

    def __init__(self) -> None:
        self.cells = bytearray(CELL)
        self.places: list[int] = []

    def move_to(self, cell: int) -> None:
        """Have wasmtime copy the tree to the cell at that address, which holds `false`."""
        memory = np.frombuffer(self.cells, np.uint64)
        if self.places:
            memory[np.array(self.places, np.intp) // _WORD] += np.uint64(memory.ctypes.data)
        layout.clone_cell(memory.ctypes.data, cell)


Emit = Callable[[Any, Tree, int], None]


def holds(type_: t.Type) -> bool:  # noqa: PLR0911 - a case a kind
    """Whether values of the type can be made here: handles need the store."""
    match type_:
        case t.HandleOf() | t.Opaque():
            return False
        case t.ListOf(part) | t.OptionOf(part):
            return holds(part)
        case t.TupleOf(parts):
            return all(map(holds, parts))
        case t.RecordOf(fields):
            return all(holds(part) for _, part in fields)
        case t.VariantOf(cases):
            return all(part is None or holds(part) for _, part in cases)
        case t.ResultOf(ok, err):
            return all(part is None or holds(part) for part in (ok, err))
        case _:
            return True


@cache
def emitter(type_: t.Type) -> Emit:  # noqa: PLR0911 - a case a kind
    """What writes values of `type_`, which must be one that `holds`."""
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


def _wrong(value: object, wanted: str) -> TypeError:
    return TypeError(f"expected {wanted}, got {value!r:.60}")


def _scalar(scalar: t.Scalar) -> Emit:
    match scalar:
        case t.Scalar.STRING:
            return _string
        case t.Scalar.CHAR:
            return _char
        case t.Scalar.BOOL:
            return _bool
        case _:
            put, kind = Struct(f"<Q{FORMATS[scalar]}").pack_into, int(Kind[scalar.name])
            return lambda value, tree, at: put(tree.cells, at, kind, value)


def _bool(value: object, tree: Tree, at: int) -> None:
    if not isinstance(value, (bool, np.bool_)):
        raise _wrong(value, "a bool")
    _put_bool(tree.cells, at, Kind.BOOL, bool(value))


def _char(value: object, tree: Tree, at: int) -> None:
    if not isinstance(value, str) or len(value) != 1:
        raise _wrong(value, "a str of one character")
    value.encode()  # raises for half of a surrogate pair, which wasmtime would end the process for
    _put_char(tree.cells, at, Kind.CHAR, ord(value))


def _string(value: object, tree: Tree, at: int) -> None:
    if not isinstance(value, str):
        raise _wrong(value, "a str")
    data = value.encode()
    _vector(tree, at, Kind.STRING, len(data), data)
    tree.cells += _PADDING[len(data) % _WORD]


def _vector(tree: Tree, at: int, kind: int, count: int, content: bytes | bytearray) -> int:
    """A cell whose content lies at the end of the tree: its offset."""
    place = len(tree.cells)
    _put_vector(tree.cells, at, kind, count, place)
    tree.places.append(at + _DATA)
    tree.cells += content
    return place


def _list(element: t.Type) -> Emit:
    if element is t.Scalar.U8:
        return _octets
    if isinstance(element, t.Scalar) and element.is_number:
        return _numbers(element)
    emit = emitter(element)

    def emit_list(value: object, tree: Tree, at: int) -> None:
        if not isinstance(value, Iterable) or isinstance(value, (str, bytes)):
            raise _wrong(value, "a sequence")
        items = value if isinstance(value, (list, tuple)) else list(value)
        place = _vector(tree, at, Kind.LIST, len(items), bytes(len(items) * CELL))
        for item in items:
            emit(item, tree, place)
            place += CELL

    return emit_list


def _octets(value: object, tree: Tree, at: int) -> None:
    if type(value) is bytes and len(value) < _FEW_OCTETS:
        _vector(tree, at, Kind.LIST, len(value), b"".join([_OCTETS[octet] for octet in value]))
    else:
        octets = bulk.as_octets(value)
        _vector(tree, at, Kind.LIST, octets.size, _cells(Kind.U8, octets))


def _numbers(element: t.Scalar) -> Emit:
    dtype, kind = bulk.DTYPES[element], Kind[element.name]

    def emit(value: object, tree: Tree, at: int) -> None:
        numbers = bulk.as_array(value, dtype)
        _vector(tree, at, Kind.LIST, numbers.size, _cells(kind, numbers))

    return emit


def _cells(kind: Kind, numbers: np.ndarray[Any, Any]) -> bytes:
    return bulk.rows(kind, numbers[np.newaxis]).tobytes() if numbers.size else b""


def _tuple(elements: tuple[t.Type, ...]) -> Emit:
    emitters = [(emitter(type_), number * CELL) for number, type_ in enumerate(elements)]
    content = bytes(len(elements) * CELL)

    def emit_tuple(value: object, tree: Tree, at: int) -> None:
        if not isinstance(value, (tuple, list)) or len(value) != len(elements):
            raise _wrong(value, f"a tuple of {len(elements)}")
        place = _vector(tree, at, Kind.TUPLE, len(elements), content)
        for (emit, offset), part in zip(emitters, value, strict=True):
            emit(part, tree, place + offset)

    return emit_tuple


_kept: dict[str, ctypes.Array[ctypes.c_char]] = {}


def _name(name: str) -> tuple[int, int]:
    """The size and the address of a constant name, which stays there."""
    data = name.encode()
    return len(data), ctypes.addressof(_kept.setdefault(name, ctypes.create_string_buffer(data)))


def _record(fields: tuple[tuple[str, t.Type], ...]) -> Emit:
    entry = Struct(f"<QQ{ENTRY - VECTOR.size}x")
    template = b"".join(entry.pack(*_name(name)) for name, _ in fields)
    emitters = [(emitter(type_), number * ENTRY + ENTRY_CELL) for number, (_, type_) in enumerate(fields)]
    attributes = [snake(name) for name, _ in fields]
    read = attrgetter(*attributes)

    def emit_record(value: object, tree: Tree, at: int) -> None:
        parts = read(value)
        place = _vector(tree, at, Kind.RECORD, len(fields), template)
        for (emit, offset), part in zip(emitters, parts, strict=True):
            emit(part, tree, place + offset)

    def emit_single(value: object, tree: Tree, at: int) -> None:
        emit, offset = emitters[0]
        emit(read(value), tree, _vector(tree, at, Kind.RECORD, 1, template) + offset)

    return emit_single if len(fields) == 1 else emit_record


def _variant(cases: tuple[tuple[str, t.Type | None], ...]) -> Emit:
    known = {name: (*_name(name), None if type_ is None else emitter(type_)) for name, type_ in cases}

    def emit_variant(value: object, tree: Tree, at: int) -> None:
        if not isinstance(value, Case) or value.name not in known:
            raise _wrong(value, f"a Case of {', '.join(known)}")
        size, name, emit = known[value.name]
        place = 0 if emit is None else len(tree.cells)
        _put_variant(tree.cells, at, Kind.VARIANT, size, name, place)
        _emit_payload(emit, value.value, tree, at + PAYLOAD + VECTOR.size)

    return emit_variant


def _emit_payload(emit: Emit | None, value: object, tree: Tree, address: int) -> None:
    """A cell at the end of the tree; the caller has written its offset at `address`. None without a type."""
    if emit is None:
        if value is not None:
            raise _wrong(value, "no payload")
        return
    place = len(tree.cells)
    tree.places.append(address)
    tree.cells += _EMPTY_CELL
    emit(value, tree, place)


def _enum(names: tuple[str, ...]) -> Emit:
    known = {name: _name(name) for name in names}

    def emit_enum(value: object, tree: Tree, at: int) -> None:
        if not isinstance(value, str) or value not in known:
            raise _wrong(value, f"one of {', '.join(known)}")
        _put_vector(tree.cells, at, Kind.ENUM, *known[value])

    return emit_enum


def _flags(names: tuple[str, ...]) -> Emit:
    known = {name: _name(name) for name in names}

    def emit_flags(value: object, tree: Tree, at: int) -> None:
        if not isinstance(value, (set, frozenset)) or value - known.keys():
            raise _wrong(value, f"a set of {', '.join(known)}")
        chosen = b"".join(VECTOR.pack(*known[name]) for name in names if name in value)
        _vector(tree, at, Kind.FLAGS, len(chosen) // VECTOR.size, chosen)

    return emit_flags


def _option(payload: t.Type) -> Emit:
    emit = emitter(payload)

    def emit_option(value: object, tree: Tree, at: int) -> None:
        if value is None:
            _put_option(tree.cells, at, Kind.OPTION, 0)
            return
        if not isinstance(value, Some):
            raise _wrong(value, "Some(value) or None")
        _put_option(tree.cells, at, Kind.OPTION, len(tree.cells))
        _emit_payload(emit, value.value, tree, at + PAYLOAD)

    return emit_option


def _result(ok: t.Type | None, err: t.Type | None) -> Emit:
    emit_ok = None if ok is None else emitter(ok)
    emit_err = None if err is None else emitter(err)

    def emit_result(value: object, tree: Tree, at: int) -> None:
        if not isinstance(value, (Ok, Err)):
            raise _wrong(value, "Ok(value) or Err(value)")
        emit = emit_ok if isinstance(value, Ok) else emit_err
        place = 0 if emit is None else len(tree.cells)
        _put_vector(tree.cells, at, Kind.RESULT, isinstance(value, Ok), place)
        _emit_payload(emit, value.value, tree, at + _DATA)

    return emit_result
