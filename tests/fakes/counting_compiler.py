"""wasmtime's compiler, and how often it was asked."""

from pathlib import Path

from wasmtime import Module
from wasmtime.component import Component

from spinfer.runtime.compiler import Compiler


class CountingCompiler(Compiler):
    """Counts the components and core modules that it compiles and that it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.compiled = 0
        self.modules = 0
        self.loaded = 0

    def compile(self, wasm: bytes) -> Component:
        self.compiled += 1
        return super().compile(wasm)

    def compile_module(self, wasm: bytes) -> Module:
        self.modules += 1
        return super().compile_module(wasm)

    def load(self, compiled: Path) -> Component:
        component = super().load(compiled)
        self.loaded += 1
        return component

    def load_module(self, compiled: Path) -> Module:
        module = super().load_module(compiled)
        self.loaded += 1
        return module
