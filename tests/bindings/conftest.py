"""Guests for the bindings' tests: a component from WAT, its instance, and the host behind it."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from wasmtime import Config, Engine, Store
from wasmtime import _ffi as ffi
from wasmtime import component as wasm

from fakes import wat_echo
from spinfer.bindings import types as t
from spinfer.bindings.exports import Export, instantiate
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.imports import Function, Interface, define


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="session")
def plain_engine() -> Engine:
    """Without wasmtime's support for concurrent tasks, which spoils two borrowed handles in one call."""
    config = Config()
    ffi.wasmtime_config_concurrency_support_set(config.ptr(), False)
    return Engine(config)


@dataclass
class Program:
    """A compiled component linked to the host's interfaces; every instance is fresh."""

    engine: Engine
    text: str
    interfaces: tuple[Interface, ...] = ()
    exports: dict[str, Export] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.component = wasm.Component(self.engine, self.text)
        self.linker = wasm.Linker(self.engine)
        define(self.linker, self.component, self.interfaces)

    def export(self, name: str) -> Export:
        if name not in self.exports:
            self.exports[name] = Export(self.engine, self.component, None, name, self.interfaces)
        return self.exports[name]

    def instance(self, state: object = None) -> Running:
        context = InstanceContext({"test": state})
        store = Store(self.engine)
        return Running(self, store, instantiate(self.linker, store, self.component, context), context)


@dataclass
class Running:
    program: Program
    store: Store
    instance: wasm.Instance
    context: InstanceContext

    def call(self, name: str, *arguments: object) -> object:
        return self.program.export(name).call(self.store, self.instance, self.context, *arguments)


@pytest.fixture(scope="session")
def program(engine: Engine) -> Callable[..., Program]:
    def make(text: str, *interfaces: Interface, engine: Engine = engine) -> Program:
        return Program(engine, text, interfaces)

    return make


@pytest.fixture(scope="session")
def echo(engine: Engine) -> Callable[[t.Type], Program]:
    """A program whose host calls its instance's state: `state(x)` is what the guest gets back."""

    def make(type_: t.Type) -> Program:
        interface = Interface(
            wat_echo.INTERFACE,
            (wat_echo.VERSION,),
            "test",
            (Function("echo", f"func(x: {type_}) -> {type_}", lambda state, x: state(x)),),
        )
        return Program(engine, wat_echo.echo_wat(type_), (interface,))

    return make


_COUNTS = (
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "rest",
)


class _Mallinfo(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_size_t) for name in _COUNTS)


def _allocated() -> int:
    """Bytes that malloc has handed out on the main thread and not got back: exact, unlike residency."""
    gc.collect()
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    info = mallinfo()
    return int(info.uordblks + info.hblkhd)


_ROUNDS, _SMALLEST = 500, 16


@pytest.fixture
def leaks() -> Callable[[Callable[[], object]], bool]:
    """Whether a piece of work keeps memory each time: even malloc's smallest block a round is seen.

    What others keep, on another thread or once in a while, does not come again and again.
    """
    if not hasattr(ctypes.CDLL(None), "mallinfo2"):
        pytest.skip("asks glibc's allocator")

    def rounds(work: Callable[[], object]) -> int:
        for _ in range(_ROUNDS):
            work()
        return _allocated()

    return lambda work: all(-rounds(work) + rounds(work) > _ROUNDS * _SMALLEST for _ in range(3))
