"""The three guests: the same greeting from Spin's Python SDK, Spin's JavaScript SDK, and C.

Everything is built from source with published tools, once: Python by `guests`, JavaScript and C in
`build/bench-http`, where npm installs what it needs. C needs clang and lld, as Debian has them.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import guests
from bench.engine.say import Unmeasurable, say

HERE = Path(__file__).parent / "guests"
BUILD = guests.ROOT / "build" / "bench-http"
NODE = BUILD / "node"

_MANIFEST = """spin_manifest_version = 2
[application]
name = "bench"
[[trigger.http]]
route = "/hello/:name"
component = "hello"
[component.hello]
source = "{source}"
"""
_CLANG = (
    *("clang", "--target=wasm32", "-O2", "-nostdlib", "-fno-builtin"),
    *("-Wl,--no-entry", "-Wl,--strip-all"),
)


@dataclass(frozen=True, slots=True)
class Guest:
    """A component, an app around it, and how jco is to serve it."""

    name: str
    wasm: Path
    app: Path
    jco: tuple[str, ...] = ()


def python() -> Guest:
    built = guests.guest("hello-http")
    return Guest("Python", built, _app("python", built))


def javascript() -> Guest:
    built = NODE / "hello-js.wasm"
    source = HERE / "hello-js" / "hello.js"
    if _outdated(built, source):
        say("building the JavaScript guest")
        bundle = NODE / "hello.bundle.js"
        shutil.copy(source, NODE)
        _run("node_modules/.bin/esbuild", "hello.js", "--bundle", "--format=esm", f"--outfile={bundle.name}")
        _run("node_modules/.bin/j2w", "-i", bundle.name, "-o", built.name)
    return Guest("JavaScript", built, _app("javascript", built), ("--isolate-requests", "instance"))


def c() -> Guest:
    built = NODE / "hello-c.wasm"
    source = HERE / "hello-c" / "hello.c"
    if _outdated(built, source):
        say("building the C guest")
        _run(*_CLANG, "-o", "core.wasm", str(source))
        shutil.copy(source.with_name("component.mjs"), NODE)
        _run("node", "component.mjs", "core.wasm", built.name)
    return Guest("C", built, _app("c", built))


@cache
def tools() -> Path:
    """npm's packages, installed: jco, and what builds JavaScript guests."""
    wanted = HERE / "package.json"
    installed = NODE / "package.json"
    if not (NODE / "node_modules").exists() or wanted.read_bytes() != installed.read_bytes():
        say("installing npm's packages")
        NODE.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, installed)
        _run("npm", "install", "--no-audit", "--no-fund")
    return NODE


def _outdated(built: Path, source: Path) -> bool:
    tools()
    return not built.exists() or built.stat().st_mtime < source.stat().st_mtime


def _app(name: str, wasm: Path) -> Path:
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(wasm, folder / "hello.wasm")
    (folder / "spin.toml").write_text(_MANIFEST.format(source="hello.wasm"))
    return folder


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, cwd=NODE, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError as e:
        raise Unmeasurable(f"`{command[0]}` is not installed") from e
    if done.returncode:
        raise Unmeasurable(f"`{' '.join(command)}` failed:\n{(done.stdout + done.stderr).decode()}")
