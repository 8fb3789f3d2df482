"""JavaScript modules for what a guest imports of Spin and never calls here: jco cannot serve it without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from spinfer.bindings import introspection
from spinfer.bindings.introspection import InterfaceItems
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler

_WASI = ("wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:http/", "wasi:io/", "wasi:random/")
_WASI_TOO = ("wasi:sockets/",)


def write_stubs(wasm: Path, folder: Path) -> dict[str, Path]:
    """The full name of each such interface, and the module that stands for it."""
    folder.mkdir(parents=True, exist_ok=True)
    with Compiler() as compiler:
        component = CompileCache(compiler, folder.parent / "compiled").compile(wasm.read_bytes())
        imported = introspection.imported(compiler.engine, component)
        foreign = [items for items in imported if not items.name.startswith((*_WASI, *_WASI_TOO))]
        stubs = {}
        for items in foreign:
            file = folder / f"{re.sub('[^a-z0-9]+', '-', items.name)}.mjs"
            file.write_text("\n".join(_exports(items)) + "\n")
            stubs[items.name] = file
    return stubs


def _exports(items: InterfaceItems) -> Iterator[str]:
    for name in items.resources:
        yield f"export class {_camel(name, first=True)} {{}}"
    for name in items.functions:
        if not name.startswith("["):
            yield f"export function {_camel(name)}() {{ throw new Error('{name} is not here'); }}"


def _camel(name: str, *, first: bool = False) -> str:
    head, *rest = name.split("-")
    return "".join([head.capitalize() if first else head, *(part.capitalize() for part in rest)])
