"""A core module's type, as a component states it that imports the module: its types, imports and exports.

Known are the functions, tables, memories and globals of WebAssembly 2.0. What a later version adds (garbage
collection, exceptions, shared or 64-bit memories) is Malformed here, though wasmtime may well compile it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum
from types import MappingProxyType

from spinfer.runtime.wasm_binary import CORE_MODULE, Malformed, Reader, number, sections


class _Section(IntEnum):
    CUSTOM = 0
    TYPE = 1
    IMPORT = 2
    FUNCTION = 3
    TABLE = 4
    MEMORY = 5
    GLOBAL = 6
    EXPORT = 7
    START = 8
    ELEMENT = 9
    CODE = 10
    DATA = 11
    DATA_COUNT = 12


_KNOWN = frozenset(_Section)

_FUNCTION_TYPE = 0x60
_MODULE_TYPE = b"\x50"
_IMPORT, _TYPE, _EXPORT = b"\x00", b"\x01", b"\x03"
"""The kinds of a module type's declarations."""

_REFERENCES = frozenset({0x70, 0x6F})
_VALUES = _REFERENCES | {0x7F, 0x7E, 0x7D, 0x7C, 0x7B}
_LIMITS = frozenset({0x00, 0x01})
"""Without and with a maximum."""
_MUTABILITIES = frozenset({0x00, 0x01})

_END = 0x0B
_WITH_A_NUMBER = frozenset({0x41, 0x42, 0x23, 0xD2})
"""i32.const, i64.const, global.get, ref.func."""
_FIXED: Mapping[int, int] = MappingProxyType({0x43: 4, 0x44: 8, 0xD0: 1})
"""f32.const, f64.const, ref.null: how many bytes follow."""
_ARITHMETIC = frozenset({0x6A, 0x6B, 0x6C, 0x7C, 0x7D, 0x7E})


def code_bytes(module: memoryview) -> int:
    """The size of what a compiler has most to do with. Raises Malformed."""
    return sum(s.end - s.body for s in sections(module, CORE_MODULE) if s.id == _Section.CODE)


def module_type(module: memoryview) -> bytes:
    """The type in binary form, as it stands in a section of core types. Raises Malformed."""
    reading = _Reading()
    for section in sections(module, CORE_MODULE):
        if section.id not in _KNOWN:
            raise Malformed(f"section {section.id} is not known here")
        reader = Reader(module, section.body, section.end)
        read = reading.readers.get(section.id)
        if read is not None:
            for _ in range(reader.u32()):
                read(reader)
            reader.ended()
    return _MODULE_TYPE + number(len(reading.declarations)) + b"".join(reading.declarations)


class _Reading:
    """A module's type while its sections are read, which come in order: whatever is exported is known."""

    def __init__(self) -> None:
        self.declarations: list[bytes] = []
        self._types = 0
        self._items: tuple[list[bytes], ...] = ([], [], [], [])
        """What there is of each kind, imported or defined, as the rest of an export's description."""
        self.readers: Mapping[int, Callable[[Reader], None]] = {
            _Section.TYPE: self._type,
            _Section.IMPORT: self._import,
            _Section.FUNCTION: lambda reader: self._item(reader, 0),
            _Section.TABLE: lambda reader: self._item(reader, 1),
            _Section.MEMORY: lambda reader: self._item(reader, 2),
            _Section.GLOBAL: self._global,
            _Section.EXPORT: self._export,
        }

    def _type(self, reader: Reader) -> None:
        start = reader.at
        reader.one_of(frozenset({_FUNCTION_TYPE}))
        for _ in ("parameters", "results"):
            for _ in range(reader.u32()):
                reader.one_of(_VALUES)
        self.declarations.append(_TYPE + reader.since(start))

    def _import(self, reader: Reader) -> None:
        start = reader.at
        reader.skip_name()
        reader.skip_name()
        self._item(reader, self._kind(reader))
        self.declarations.append(_IMPORT + reader.since(start))

    def _item(self, reader: Reader, kind: int) -> None:
        start = reader.at
        _SKIPS[kind](reader)
        self._items[kind].append(reader.since(start))

    def _global(self, reader: Reader) -> None:
        self._item(reader, 3)
        _skip_expression(reader)

    def _export(self, reader: Reader) -> None:
        start = reader.at
        reader.skip_name()
        kind = self._kind(reader)
        head = reader.since(start)
        items, index = self._items[kind], reader.u32()
        if index >= len(items):
            raise Malformed("it exports what is not there")
        self.declarations.append(_EXPORT + head + items[index])

    def _kind(self, reader: Reader) -> int:
        return reader.one_of(frozenset(range(len(self._items))))


def _skip_table(reader: Reader) -> None:
    reader.one_of(_REFERENCES)
    _skip_limits(reader)


def _skip_limits(reader: Reader) -> None:
    bounded = reader.one_of(_LIMITS)
    reader.u32()
    if bounded:
        reader.u32()


def _skip_global(reader: Reader) -> None:
    reader.one_of(_VALUES)
    reader.one_of(_MUTABILITIES)


_SKIPS: tuple[Callable[[Reader], object], ...] = (Reader.u32, _skip_table, _skip_limits, _skip_global)
"""By kind: functions, tables, memories, globals."""


def _skip_expression(reader: Reader) -> None:
    for operation in _operations(reader):
        if operation in _WITH_A_NUMBER:
            reader.skip_number()
        elif operation in _FIXED:
            reader.skip(_FIXED[operation])
        elif operation not in _ARITHMETIC:
            raise Malformed(f"an initial value has {operation:#x}, which is not known here")


def _operations(reader: Reader) -> Iterator[int]:
    while (operation := reader.byte()) != _END:
        yield operation
