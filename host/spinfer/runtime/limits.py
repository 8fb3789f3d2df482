"""What one guest instance may use: a frozen value, and the store that keeps it."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from wasmtime import Engine, Store
from wasmtime import _ffi as ffi

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
    store = _Store(compiler.engine)
    _limit(
        store.ptr(),
        limits.memory_bytes,
        limits.table_elements,
        limits.instances,
        limits.tables,
        limits.memories,
    )
    return store


_STORE = ctypes.POINTER(ffi.wasmtime_store_t)
_CONTEXT = ctypes.POINTER(ffi.wasmtime_context_t)
_ENGINE = ctypes.POINTER(ffi.wasm_engine_t)

# quick calls, which keep the interpreter's lock: where others want it, letting go of it costs more than they
_new = ctypes.PYFUNCTYPE(_STORE, _ENGINE, ctypes.c_void_p, ctypes.c_void_p)(("wasmtime_store_new", ffi.dll))
_context_of = ctypes.PYFUNCTYPE(_CONTEXT, _STORE)(("wasmtime_store_context", ffi.dll))
_limit = ctypes.PYFUNCTYPE(None, _STORE, *[ctypes.c_int64] * 5)(("wasmtime_store_limiter", ffi.dll))


class _Store(Store):
    """wasmtime's own, made with less ado."""

    def __init__(self, engine: Engine) -> None:
        self._set_ptr(_new(engine.ptr(), None, None))
        self._own_context: ctypes._Pointer[ffi.wasmtime_context_t] = _context_of(self.ptr())
        self.engine = engine

    def _context(self) -> ctypes._Pointer[ffi.wasmtime_context_t]:
        self.ptr()  # raises ValueError once it is closed
        return self._own_context
