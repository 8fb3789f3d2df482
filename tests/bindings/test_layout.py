"""The private layout is what the installed wasmtime has, and a change of it would be noticed."""

from __future__ import annotations

import ctypes

import pytest
from wasmtime import _ffi as ffi

from spinfer.bindings import layout


def test_the_layout_is_that_of_the_installed_wasmtime():
    assert layout.mismatches() == []


@pytest.mark.parametrize("name", ["CELL", "PAYLOAD", "ENTRY", "ENTRY_CELL"])
def test_a_place_that_moved_is_named(monkeypatch, name):
    monkeypatch.setattr(layout, name, getattr(layout, name) + 8)
    (mismatch,) = layout.mismatches()
    assert "expected" in mismatch
    assert "found" in mismatch


def test_a_kind_that_got_another_number_is_named(monkeypatch):
    monkeypatch.setattr(ffi, "WASMTIME_COMPONENT_STRING", ctypes.c_uint8(13))
    assert layout.mismatches() == ["kind STRING: 12 expected, 13 found"]


def test_every_kind_wasmtime_has_is_ours():
    theirs = {
        name.removeprefix("WASMTIME_COMPONENT_")
        for name in dir(ffi)
        if name.startswith("WASMTIME_COMPONENT_")
        and "_ITEM_" not in name
        and "_VALTYPE_" not in name
        and isinstance(getattr(ffi, name), ctypes.c_uint8)
    }
    assert theirs == {kind.name for kind in layout.Kind}


def test_new_cells_are_false_and_a_moved_cell_leaves_its_place_false():
    vector = ctypes.create_string_buffer(16)
    place = ctypes.addressof(vector)
    layout.new_list(place, 3)
    cells = layout.view(layout.address_at(place + 8), 3 * layout.CELL)
    assert [(cells[at * layout.CELL], cells[at * layout.CELL + layout.PAYLOAD]) for at in range(3)] == [
        (0, 0)
    ] * 3

    source = ctypes.create_string_buffer(layout.CELL)
    moved = layout.new_cell(ctypes.addressof(source))
    assert layout.copy(moved, 1) == b"\x00"
    assert source.raw[0] == 0


def test_the_content_of_bytes_lies_where_their_address_says():
    for content in (b"", b"a", bytes(range(256)), "ä".encode() * 5000, b"".join([b"a", b"b"])):
        assert ctypes.string_at(id(content) + layout.BYTES, len(content) + 1) == content + b"\0"


def test_a_block_is_the_memory_itself():
    memory = ctypes.create_string_buffer(b"0123456789")
    block = layout.block(4)(ctypes.addressof(memory) + 2)
    assert block.raw == b"2345"
    memoryview(block).cast("B")[0] = ord("x")
    assert memory.value == b"01x3456789"
