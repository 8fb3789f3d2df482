"""Memory for guests that come and go by the hundred a second: places made once, and reset between guests.

Otherwise every guest maps its memory anew and faults it in page by page, some 300 pages for an interpreter;
and each fault that copies a page interrupts every core that runs this process, which costs several
guests at once more than it costs one. A place keeps the pages that its guests changed, and wasmtime restores
just those: the kernel tells which (PAGEMAP_SCAN, Linux 6.7; `populating` helps it); an older one is asked for
whole memories.
"""

from __future__ import annotations

import ctypes
import logging
import resource

from wasmtime import Config
from wasmtime import _ffi as ffi

GUESTS = 80
"""Instances at once: all guest threads, those of chained requests, and some that are just closing."""
KEPT_BYTES = 32 << 20
"""How much of each memory stays after its guest, from its beginning; what lies beyond is given back."""

_MEMORY_BYTES = 4 << 30
_MEMORIES, _TABLES, _INSTANCES = 10, 1_000, 1_000
"""Of one guest, as `Limits` has them. Reserved is address space alone."""
_TABLE_ELEMENTS = 1_000_000
_METADATA_BYTES = 16 << 20

_SCAN_AT = 0x85
_KNOWN = b"\x78\x56\x34\x12\x02\x02\x00"
"""How a fresh configuration goes on from its last setting, the number of warm slots, here 0x12345678."""
_AUTOMATIC = 0

log = logging.getLogger(__name__)


def reserve(config: Config, guests: int = GUESTS) -> bool:
    """Have the engine made from `config` keep places for this many guests; whether there is room for them.

    An instantiation beyond them fails.
    """
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        log.debug("address space is limited: guests get memory of their own each time")
        return False
    pool = ffi.wasmtime_pooling_allocation_config_new()
    try:
        _scan_pages(pool)
        for name, value in _settings(guests).items():
            getattr(ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
        ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    finally:
        ffi.wasmtime_pooling_allocation_config_delete(pool)
    return True


def _settings(guests: int) -> dict[str, int]:
    return {
        "total_component_instances": guests,
        "total_core_instances": guests * _INSTANCES,
        "total_memories": guests * 2,
        "total_tables": guests * 100,
        "max_core_instances_per_component": _INSTANCES,
        "max_memories_per_component": _MEMORIES,
        "max_tables_per_component": _TABLES,
        "max_component_instance_size": _METADATA_BYTES,
        "max_core_instance_size": _METADATA_BYTES,
        "max_memory_size": _MEMORY_BYTES,
        "table_elements": _TABLE_ELEMENTS,
        "linear_memory_keep_resident": KEPT_BYTES,
        "table_keep_resident": KEPT_BYTES,
    }


def _scan_pages(pool: ctypes._Pointer[ffi.wasmtime_pooling_allocation_config_t]) -> None:
    """Let wasmtime ask the kernel which pages changed, where the kernel can tell.

    The C API has no function for it. The setting is a byte of the configuration, which is written only if
    what lies around it is what wasmtime 50.0 has there; otherwise whole memories are restored, slowly.
    """
    ffi.wasmtime_pooling_allocation_config_max_unused_warm_slots_set(pool, 0x12345678)
    address = ctypes.cast(pool, ctypes.c_void_p).value
    assert address is not None, "wasmtime's objects have an address"
    known = ctypes.string_at(address + _SCAN_AT - 5, len(_KNOWN)) == _KNOWN
    ffi.wasmtime_pooling_allocation_config_max_unused_warm_slots_set(pool, 100)
    if known:
        ctypes.memset(address + _SCAN_AT, _AUTOMATIC, 1)
    else:
        log.debug("this wasmtime keeps its settings elsewhere: whole memories are restored after each guest")
