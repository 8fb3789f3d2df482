"""The three guests: the same greeting from Spin's Python SDK, Spin's JavaScript SDK, and C.

Everything is built from source with published tools, once: Python by `guests`, JavaScript and C in
`build/bench-http`, where npm installs what it needs: jco apart from Spin's build tools, which want an older
one. C needs clang and lld, as Debian has them.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import guests
from bench.engine.say import Unmeasurable, say

HERE = Path(__file__).parent / "sources"
BUILD = guests.ROOT / "build" / "bench-http"

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
    source = HERE / "hello-js" / "hello.js"
    home = installed("hello-js")
    built = home / "hello.wasm"
    if _outdated(built, source):
        say("building the JavaScript guest")
        shutil.copy(source, home)
        esbuild, j2w = (f"node_modules/.bin/{tool}" for tool in ("esbuild", "j2w"))
        _run(home, esbuild, "hello.js", "--bundle", "--format=esm", "--outfile=bundle.js")
        _run(home, j2w, "-i", "bundle.js", "-o", built.name)
    return Guest("JavaScript", built, _app("javascript", built), ("--isolate-requests", "instance"))


def c() -> Guest:
    source = HERE / "hello-c" / "hello.c"
    home = installed("jco")
    built = home / "hello-c.wasm"
    if _outdated(built, source):
        say("building the C guest")
        _run(home, *_CLANG, "-o", "core.wasm", str(source))
        shutil.copy(source.with_name("component.mjs"), home)
        _run(home, "node", "component.mjs", "core.wasm", built.name)
    return Guest("C", built, _app("c", built))


def installed(name: str) -> Path:
    """A folder with the npm packages that `sources/NAME/package.json` lists, installed."""
    home, wanted = BUILD / "npm" / name, HERE / name / "package.json"
    listed = home / "package.json"
    done = home / "node_modules" / ".package-lock.json"
    if not done.exists() or not listed.exists() or wanted.read_bytes() != listed.read_bytes():
        say(f"installing npm's packages for {name}")
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(wanted, listed)
        _run(home, "npm", "install", "--no-audit", "--no-fund")
    return home


def _outdated(built: Path, source: Path) -> bool:
    return not built.exists() or built.stat().st_mtime < source.stat().st_mtime


def _app(name: str, wasm: Path) -> Path:
    folder = BUILD / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(wasm, folder / "hello.wasm")
    (folder / "spin.toml").write_text(_MANIFEST.format(source="hello.wasm"))
    return folder


def _run(folder: Path, *command: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except FileNotFoundError as e:
        raise Unmeasurable(f"`{command[0]}` is not installed") from e
    if done.returncode:
        raise Unmeasurable(f"`{' '.join(command)}` failed:\n{(done.stdout + done.stderr).decode()}")
