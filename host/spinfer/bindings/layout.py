"""Where the bytes of a component value lie in wasmtime's C API: the one module that knows.

A value is a *cell* of 32 bytes: its kind at 0, its payload at 8. A list or a tuple is a contiguous array of
cells; a record is an array of entries, each a name (16 bytes) and a cell. Addresses are plain integers. A
call through ctypes costs several times what a `block` of memory does, so what need not be a call is none.

Two rules keep memory exact. Cells we read belong to wasmtime: they are copied and never freed here. Cells we
write are always valid values: what wasmtime allocates is full of `false`, a payload is complete before its
kind is set, so freeing the outermost cell frees whatever had been lowered when something went wrong.

`mismatches()` compares all this with the installed wasmtime; move the version pin together with this module.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from enum import IntEnum
from struct import Struct
from typing import Any, cast

from wasmtime import _ffi as ffi

CELL = 32
PAYLOAD = 8
ENTRY = 48
ENTRY_CELL = 16


class Kind(IntEnum):
    """What a cell holds."""

    BOOL = 0
    S8 = 1
    U8 = 2
    S16 = 3
    U16 = 4
    S32 = 5
    U32 = 6
    S64 = 7
    U64 = 8
    F32 = 9
    F64 = 10
    CHAR = 11
    STRING = 12
    LIST = 13
    RECORD = 14
    TUPLE = 15
    VARIANT = 16
    ENUM = 17
    OPTION = 18
    RESULT = 19
    FLAGS = 20
    RESOURCE = 21


VECTOR = Struct("<QQ")
"""(size, address): strings, lists, records, tuples, flags."""
POINTER = Struct("<Q")
VARIANT = Struct("<QQQ")
"""(size of the case's name, its address, address of the payload's cell or 0)."""
RESULT = Struct("<?7xQ")
"""(is ok, address of the payload's cell or 0)."""


def _function(
    name: str, *arguments: type[Any], returns: type[Any] | None = None, gil: bool = True
) -> Callable[..., Any]:
    """`name` of the C API over plain integers. The quick ones keep the GIL: letting go costs more."""
    prototype = (ctypes.PYFUNCTYPE if gil else ctypes.CFUNCTYPE)(returns, *arguments)
    return cast("Callable[..., Any]", prototype((name, ffi.dll)))


_SIZE = ctypes.c_size_t
_WORD = ctypes.c_void_p
"""An address, or a size, as an argument: ctypes passes it in less time than a c_size_t."""

_memory_view = ctypes.PYFUNCTYPE(ctypes.py_object, _WORD, ctypes.c_ssize_t, ctypes.c_int)(
    ("PyMemoryView_FromMemory", ctypes.pythonapi)
)
_PYBUF_WRITE = 0x200


def block(size: int) -> Callable[[int], ctypes.Array[ctypes.c_char]]:
    """What makes an address the `size` bytes there: a buffer to write into, and `raw` copies it."""
    return (ctypes.c_char * size).from_address


cell_at = block(CELL)
"""cell_at(address): the cell's own bytes."""

copy: Callable[[int, int], bytes] = ctypes.PYFUNCTYPE(ctypes.py_object, _WORD, ctypes.c_ssize_t)(
    ("PyBytes_FromStringAndSize", ctypes.pythonapi)
)
"""copy(address, size): that memory as bytes. A `block` does it in less, where the size is always the same."""

_content_of = ctypes.PYFUNCTYPE(_SIZE, ctypes.py_object)(("PyBytes_AsString", ctypes.pythonapi))
BYTES: int = _content_of(b"content") - id(b"content")
"""How far behind a `bytes` object's id its content lies, in CPython, as long as it is referred to."""


def set_kind(cell: int, kind: int) -> None:
    """Complete a cell whose payload has been written."""
    ctypes.c_uint8.from_address(cell).value = kind


def view(address: int, size: int) -> memoryview:
    """That memory itself, writable, as long as wasmtime leaves it alone."""
    return cast("memoryview", _memory_view(address, size, _PYBUF_WRITE))


def address_of(pointer: ctypes._Pointer[Any]) -> int:
    """Where one of wasmtime-py's objects lies. (`ctypes.cast` leaves garbage for the collector.)"""
    address = ctypes.c_void_p.from_buffer(pointer).value
    assert address is not None, "wasmtime's objects have an address"
    return address


def address_at(place: int) -> int:
    """The address that is stored at `place`."""
    return ctypes.c_uint64.from_address(place).value


new_bytes: Callable[[int, int, bytes], None] = _function("wasm_byte_vec_new", _WORD, _WORD, ctypes.c_char_p)
"""new_bytes(place of the vector, size, data): a string's copy, owned by the vector."""
new_list: Callable[[int, int], None] = _function("wasmtime_component_vallist_new_uninit", _WORD, _WORD)
"""new_list(place of the vector, cells): all of them `false`."""
new_list_of: Callable[[int, int, int], None] = _function(
    "wasmtime_component_vallist_new", _WORD, _WORD, _WORD
)
"""new_list_of(place of the vector, cells, address of cells): takes over what these own."""
new_tuple: Callable[[int, int], None] = _function("wasmtime_component_valtuple_new_uninit", _WORD, _WORD)
new_record: Callable[[int, int], None] = _function("wasmtime_component_valrecord_new_uninit", _WORD, _WORD)
copy_record: Callable[[int, int], None] = _function("wasmtime_component_valrecord_copy", _WORD, _WORD)
"""copy_record(place of the vector, place of the vector to copy): deeply, names and all."""
new_cell: Callable[[int], int] = _function("wasmtime_component_val_new", _WORD, returns=_SIZE)
"""new_cell(address of a cell): moves it to a cell of its own and returns that one's address."""
clone_cell: Callable[[bytes, int], None] = _function("wasmtime_component_val_clone", ctypes.c_char_p, _WORD)
"""clone_cell(a cell, address of a cell that owns nothing): deeply, whoever owns what the first points at."""
free_cell: Callable[[int], None] = _function("wasmtime_component_val_delete", _WORD)
"""Free what a cell owns; the cell itself is the caller's memory."""

new_host_resource: Callable[[bool, int, int], int] = _function(
    "wasmtime_component_resource_host_new", ctypes.c_bool, ctypes.c_uint32, ctypes.c_uint32, returns=_SIZE
)
"""new_host_resource(owned, rep, type id)"""
host_resource_rep: Callable[[int], int] = _function(
    "wasmtime_component_resource_host_rep", _WORD, returns=ctypes.c_uint32
)
free_host_resource: Callable[[int], None] = _function("wasmtime_component_resource_host_delete", _WORD)
any_to_host: Callable[[int, int, int], int] = _function(
    "wasmtime_component_resource_any_to_host", _WORD, _WORD, _WORD, returns=_SIZE
)
"""any_to_host(store, handle, place of the result): the store forgets the handle. An error's address or 0."""
host_to_any: Callable[[int, int, int], int] = _function(
    "wasmtime_component_resource_host_to_any", _WORD, _WORD, _WORD, returns=_SIZE
)
"""host_to_any(store, host resource, place of the handle). An error's address or 0."""

new_error: Callable[[bytes], int] = _function("wasmtime_error_new", ctypes.c_char_p, returns=_SIZE)
"""An error for a callback to return; wasmtime takes it over."""
call_function: Callable[[int, int, int, int, int, int], int] = _function(
    "wasmtime_component_func_call", *([_WORD] * 6), returns=_SIZE, gil=False
)
"""call_function(function, store, arguments, count, results, count). An error's address or 0."""

find_function: Callable[[int, int, int, int], bool] = _function(
    "wasmtime_component_instance_get_func", *([_WORD] * 4), returns=ctypes.c_bool
)
"""find_function(instance, store, export's index, place of the function): whether the instance has it."""

FINALIZER = ctypes.CFUNCTYPE(None, _SIZE)
HOST_FUNCTION = ctypes.CFUNCTYPE(_SIZE, *([_SIZE] * 7))
"""(data, store, function type, arguments, count, results, count) → an error's address or 0."""
DESTRUCTOR = ctypes.CFUNCTYPE(_SIZE, _SIZE, _SIZE, ctypes.c_uint32)
"""(data, store, rep) → an error's address or 0."""

add_function: Callable[..., int] = _function(
    "wasmtime_component_linker_instance_add_func",
    *(_WORD, ctypes.c_char_p, _WORD, HOST_FUNCTION, _WORD, FINALIZER),
    returns=_SIZE,
    gil=False,
)
"""add_function(linker instance, name, its size, callback, data, finalizer). An error's address or 0."""
add_resource: Callable[..., int] = _function(
    "wasmtime_component_linker_instance_add_resource",
    *(_WORD, ctypes.c_char_p, _WORD, _WORD, DESTRUCTOR, _WORD, FINALIZER),
    returns=_SIZE,
    gil=False,
)
"""add_resource(linker instance, name, its size, type, destructor, data, finalizer). An error's or 0."""


def mismatches() -> list[str]:
    """What of this module is untrue for the wasmtime that is installed; empty when all is well."""
    cell, entry = ffi.wasmtime_component_val_t, ffi.wasmtime_component_valrecord_entry_t
    found: dict[str, tuple[int, int]] = {
        "size of a value": (CELL, ctypes.sizeof(cell)),
        "place of a payload": (PAYLOAD, cell.of.offset),
        "size of a record's entry": (ENTRY, ctypes.sizeof(entry)),
        "place of an entry's value": (ENTRY_CELL, entry.val.offset),
        "size of a vector": (VECTOR.size, ctypes.sizeof(ffi.wasmtime_component_vallist_t)),
        "size of a variant": (VARIANT.size, ctypes.sizeof(ffi.wasmtime_component_valvariant_t)),
        "size of a result": (RESULT.size, ctypes.sizeof(ffi.wasmtime_component_valresult_t)),
    }
    for kind in Kind:
        found[f"kind {kind.name}"] = (kind, getattr(ffi, f"WASMTIME_COMPONENT_{kind.name}").value)
    return [
        f"{what}: {ours} expected, {theirs} found" for what, (ours, theirs) in found.items() if ours != theirs
    ]


if _wrong := mismatches():
    raise ImportError(
        "this wasmtime lays component values out differently ("
        + "; ".join(_wrong)
        + "): install wasmtime 50.0"
    )
