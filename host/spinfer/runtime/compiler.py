"""wasmtime's engine, configured once for the guests we serve, and what identifies the code it makes."""

from __future__ import annotations

import ctypes
import hashlib
import platform
import sys
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType, TracebackType

from wasmtime import Config, Engine, Module, WasmtimeError, wat2wasm
from wasmtime import _ffi as ffi
from wasmtime.component import Component

from spinfer.bindings import exports
from spinfer.runtime.clock import EpochClock
from spinfer.runtime.pooling import KEPT_BYTES, reserve
from spinfer.runtime.populating import Places
from spinfer.runtime.wasm_binary import CORE_MODULE

SETTINGS = MappingProxyType(
    {
        "wasm_component_model": True,
        "epoch_interruption": True,
        "parallel_compilation": True,
        "memory_init_cow": True,
        # no WASI 0.2 guest is built with it, and without it no memory exceeds 4 GiB
        "wasm_memory64": False,
    }
)
"""Whatever differs from wasmtime's defaults, or is relied upon; part of a compiled component's identity."""
_LARGE_BYTES = 1 << 20
"""Compiling more than this takes so much memory that it is worth 50 ms to give it back."""

CONCURRENCY = False
"""Support for WASI 0.3's concurrent tasks: with it, wasmtime 50.0 traps every host call that takes several
borrowed handles, and `wasi:io/poll` takes a list of them. Part of a compiled component's identity."""
_NEEDS_CONCURRENCY = "the component model async"

MAGIC = b"\0asm"
_CPU_FEATURES = ("flags", "Features", "isa")
"""What /proc/cpuinfo calls them on x86, ARM and RISC-V."""


class CompileError(Exception):
    """wasmtime refused the bytes; the text is its own. The executor says whose component it was."""


class NeedsConcurrency(CompileError):
    """A WASI 0.3 component; `exports` are its async functions, as `interface#function`, if it has any."""

    def __init__(self, reason: str, exports: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.exports = exports


class Compiler:
    """One wasmtime engine with its clock. Every method may be called from any thread."""

    def __init__(self, *, pooling: bool = False) -> None:
        """`pooling`: guests come and go quickly, so that keeping memory for them pays."""
        config = Config()
        for name, value in SETTINGS.items():
            setattr(config, name, value)
        kept = pooling and reserve(config)
        ffi.wasmtime_config_concurrency_support_set(config.ptr(), CONCURRENCY)
        self.engine = Engine(config)
        self.places = Places(KEPT_BYTES) if kept and sys.platform == "linux" else None
        """Where guests find their memory, if places are kept for them and can be found."""
        self.clock = EpochClock(self.engine)

    def compile(self, wasm: bytes) -> Component:
        """A component from its binary form: seconds for a guest that carries an interpreter.

        Raises CompileError, NeedsConcurrency for a WASI 0.3 component.
        """
        try:
            component = Component(self.engine, wasm)
        except WasmtimeError as e:
            if _NEEDS_CONCURRENCY in str(e):
                raise NeedsConcurrency(str(e), _async_exports(wasm)) from e
            raise CompileError(str(e)) from e
        if len(wasm) > _LARGE_BYTES:
            _give_back()
        return component

    def compile_module(self, wasm: bytes) -> Module:
        """A core module from its binary form. Raises CompileError."""
        try:
            module = Module(self.engine, wasm)
        except WasmtimeError as e:
            raise CompileError(str(e)) from e
        if len(wasm) > _LARGE_BYTES:
            _give_back()
        return module

    def load(self, compiled: Path) -> Component:
        """Map a file of compiled code: milliseconds. The file is machine code and is trusted entirely.

        Raises CompileError for a file that another version, configuration or CPU made.
        """
        try:
            return Component.deserialize_file(self.engine, str(compiled))
        except WasmtimeError as e:
            raise CompileError(str(e)) from e

    def load_module(self, compiled: Path) -> Module:
        """As `load`, for a core module."""
        try:
            return Module.deserialize_file(self.engine, str(compiled))
        except WasmtimeError as e:
            raise CompileError(str(e)) from e

    @cached_property
    def fingerprint(self) -> str:
        """Differs wherever compiled code must not be shared: version, settings, operating system, CPU."""
        parts = (
            version("wasmtime"),
            sorted(SETTINGS.items()),
            CONCURRENCY,
            platform.system(),
            platform.machine(),
            _cpu(),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def close(self) -> None:
        """End the clock. Stores that are still open keep the engine alive until they are closed."""
        self.clock.close()

    def __enter__(self) -> Compiler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_core_module(wasm: bytes) -> bool:
    return wasm.startswith(CORE_MODULE)


def from_text(wat: bytes) -> bytes:
    """WebAssembly text to binary. Raises CompileError, naming line and column."""
    try:
        return bytes(wat2wasm(wat))
    except WasmtimeError as e:
        raise CompileError(str(e)) from e


def _async_exports(wasm: bytes) -> tuple[str, ...]:
    """What a component that our engine refuses exports, asked of an engine that takes it."""
    engine = Engine()
    try:
        return exports.async_exports(engine, Component(engine, wasm))
    except WasmtimeError:
        return ()


def _cpu() -> str:
    """What the CPU can do, as far as the system says: wasmtime compiles for exactly that."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.partition(":")[0].strip() in _CPU_FEATURES), "")


def _give_back() -> None:
    """What was freed goes back to the system; glibc would keep hundreds of megabytes unless it is told."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
