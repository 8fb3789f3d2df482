"""From a component's file to a compiled component that a trigger can call, or one sentence on why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wasmtime import Engine
from wasmtime.component import Component

from spinfer.bindings import exports
from spinfer.bindings.exports import Export
from spinfer.bindings.imports import Interface
from spinfer.errors import ComponentError
from spinfer.runtime.compiler import MAGIC, CompileError, NeedsConcurrency, from_text, is_core_module

_TEXT = re.compile(rb"(?:\s|;;[^\n]*\n|\(;.*?;\))*\(", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ComponentFile:
    """Where a component lies, and what made it."""

    id: str
    """The component's id in the manifest."""
    path: Path
    """Binary, or WebAssembly text."""
    build: str | None = None
    """The manifest's build command, for the message when the file is missing."""

    def error(self, what: str, cure: str) -> ComponentError:
        return ComponentError(f"component `{self.id}` {what}", where=str(self.path), cure=cure)


@dataclass(frozen=True, slots=True)
class Entry:
    """A function that a trigger calls: `run` of `wasi:cli/run`, in any version of a series, and its type."""

    interface: str | None
    """None: the function stands alone."""
    function: str
    type: str
    """As `str(FunctionType)` writes it: `func() -> result`."""
    series: str | None = "0.2"
    """None: the form without a version."""

    def __str__(self) -> str:
        return self.interface or self.function


def read(file: ComponentFile) -> bytes:
    """The component in binary form. Raises ComponentError when there is no file, or no component in it."""
    content = _content(file)
    if _TEXT.match(content[:65536]):
        content = _from_text(file, content)
    if not content.startswith(MAGIC):
        raise file.error("is not WebAssembly", "Name a .wasm component, or a .wat text.")
    if is_core_module(content):
        raise file.error(
            "is a core WebAssembly module, not a component",
            "Build it with a component toolchain (componentize-py, jco, cargo's wasm32-wasip2 target), "
            f"or make one: `npx @bytecodealliance/jco new {file.path.name} --wasi-reactor -o made.wasm`, "
            "with --wasi-command if it has a `main`.",
        )
    return content


def compile_component(file: ComponentFile, wasm: bytes, compile_: Callable[[bytes], Component]) -> Component:
    """Raises ComponentError: damaged, or made for features that wasmtime does not have."""
    try:
        return compile_(wasm)
    except NeedsConcurrency as e:
        raise _too_modern(file, *e.exports) from e
    except CompileError as e:
        raise file.error(f"cannot be compiled: {' '.join(str(e).split())}", "Build it again.") from e


def entry_of(
    file: ComponentFile,
    engine: Engine,
    component: Component,
    entries: Sequence[Entry],
    interfaces: Sequence[Interface] = (),
) -> Export:
    """The first of `entries` that the component exports, ready to be called.

    `interfaces` are the host's, whose resources it may take. Raises ComponentError when there is none.
    """
    for entry in entries:
        export = _find(engine, component, entry, interfaces)
        if export is not None:
            return _callable(file, entry, export)
    modern = exports.async_exports(engine, component)
    if modern:
        raise _too_modern(file, modern[0])
    names = ", ".join(f"`{name}`" for name in component.type.exports(engine))
    raise file.error(
        f"exports no {' or '.join(f'`{entry}`' for entry in entries)}, so there is nothing to call",
        f"It exports {names or 'nothing'}.",
    )


def _content(file: ComponentFile) -> bytes:
    try:
        return file.path.read_bytes()
    except FileNotFoundError as e:
        cure = f"Build it: {file.build}" if file.build else "Build it, or correct the path."
        raise file.error("does not exist", cure) from e
    except IsADirectoryError as e:
        raise file.error("is a folder", "Name the component's file inside it.") from e
    except OSError as e:
        raise file.error(f"cannot be read ({e.strerror})", "Check the file's permissions.") from e


def _from_text(file: ComponentFile, text: bytes) -> bytes:
    try:
        return from_text(text)
    except CompileError as e:
        raise file.error(f"is not valid WebAssembly text:\n{e}", "Correct it.") from e


def _find(
    engine: Engine, component: Component, entry: Entry, interfaces: Sequence[Interface]
) -> Export | None:
    full_name = entry.interface and exports.find(engine, component, entry.interface, entry.series)
    if entry.interface is not None and full_name is None:
        return None
    try:
        return Export(engine, component, full_name, entry.function, interfaces)
    except KeyError:
        return None


def _callable(file: ComponentFile, entry: Entry, export: Export) -> Export:
    if export.type.is_async:
        raise _too_modern(file, export.name)
    if str(export.type) != entry.type:
        raise file.error(
            f"exports `{export.name}` as {export.type}, where {entry.type} is expected",
            "Build it again with an SDK for this version of the interface.",
        )
    return export


def _too_modern(file: ComponentFile, export: str | None = None, *_others: str) -> ComponentError:
    how = (
        f"exports `{export}` as an async function (WASI 0.3)" if export else "uses async functions (WASI 0.3)"
    )
    return file.error(
        f"{how}; spinfer runs WASI 0.2 guests",
        "Build it with an SDK for WASI 0.2; for Python: pip install 'spin-sdk<4'.",
    )
