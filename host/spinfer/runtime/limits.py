"""What one guest instance may use: a frozen value, and the store that keeps it."""

from __future__ import annotations

from dataclasses import dataclass

from wasmtime import Store

from spinfer.runtime.compiler import Compiler

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one instance. A guest that carries an interpreter has dozens of core modules.

    `memory_bytes` bounds each linear memory (guests have one; a few have two). Beyond it `memory.grow`
    answers -1, which most languages end in an `unreachable` trap: wasmtime does not tell the two apart, so
    `GuestOutOfMemory` is raised for sure only when a guest asks for too much to start with.
    """

    memory_bytes: int = 4 * GIB
    table_elements: int = 1_000_000
    instances: int = 1_000
    tables: int = 1_000
    memories: int = 10
    deadline_s: float | None = None
    """From instantiation to the end of the call, waiting for a model included; None: no deadline."""


def new_store(compiler: Compiler, limits: Limits) -> Store:
    """An empty store that keeps these limits, bar the deadline: that is the clock's."""
    store = Store(compiler.engine)
    store.set_limits(
        memory_size=limits.memory_bytes,
        table_elements=limits.table_elements,
        instances=limits.instances,
        tables=limits.tables,
        memories=limits.memories,
    )
    return store
