"""Apps whose components are built from source for tests: once per content, by the command in their spin.toml.

What is built lies in `build/guests/`, outside version control, and is shared by every test process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from guests import npm
from guests.locks import locked

ROOT = Path(__file__).parents[2]
BUILT = Path("build", "guests")
COMPILED = ROOT / BUILT.parent / "compiled"
"""What was compiled of them, for all tests and from one run to the next."""
NODE_PACKAGES = Path("build", "node")
SDK_ENVIRONMENT = ROOT / ".venv-spin-sdk"
"""Where the requirements of Python guests made with Spin's SDK are installed: they need an older builder."""

_TOOL = "componentize-py"
_NOT_SOURCES = ("*.wasm", "test_*.py", "bindings", "build", "__pycache__", npm.PACKAGES, ".spin", "README.md")


def example(name: str) -> Path:
    """The folder of a built guest example. Shared: a test that writes into it works on a copy."""
    return app(ROOT / "guest-examples" / name)


def lacks(name: str) -> str:
    """Why the guest example cannot be built on this machine; "" if it can."""
    folder = ROOT / "guest-examples" / name
    if (folder / "requirements.txt").exists() and not SDK_ENVIRONMENT.is_dir():
        return f"{SDK_ENVIRONMENT.name} is missing, which builds guests of Spin's SDK: run `make guests`"
    if (folder / npm.LOCK).exists() and shutil.which("npm") is None:
        return "npm is missing, which builds guests in JavaScript: install Node.js 20 or newer"
    return ""


def guest(name: str) -> Path:
    """The component of a guest example."""
    return component(example(name))


def component(folder: Path) -> Path:
    """The file of an app's only component."""
    (only,) = _components(folder).values()
    return folder / str(only["source"])


@cache
def app(folder: Path, root: Path = ROOT) -> Path:
    """A built copy of the app in `folder`, which lies under `root` and may refer to `root/wit`.

    Raises RuntimeError, with what the build said, when it fails.
    """
    commands = [step for part in _components(folder).values() for step in _steps(part)]
    home = root / BUILT / f"{folder.name}-{_digest(root, folder, _tool() if commands else '')}"
    place = folder.relative_to(root)
    home.parent.mkdir(parents=True, exist_ok=True)
    with locked(home.with_suffix(".lock")):
        if not home.exists():
            partial = home.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            for sources in (place, Path("wit")):
                shutil.copytree(
                    root / sources, partial / sources, ignore=shutil.ignore_patterns(*_NOT_SOURCES)
                )
            with npm.lent(partial / place, root / NODE_PACKAGES):
                for command in commands:
                    _run(command, partial / place)
            partial.rename(home)
    return home / place


def _components(folder: Path) -> dict[str, dict[str, Any]]:
    manifest = tomllib.loads((folder / "spin.toml").read_text("utf-8"))
    components: dict[str, dict[str, Any]] = manifest["component"]
    return components


def _steps(part: dict[str, Any]) -> list[str]:
    command: str | list[str] = part.get("build", {}).get("command", [])
    return [command] if isinstance(command, str) else command


def _digest(root: Path, folder: Path, tool: str) -> str:
    """Over all that the build reads: the app's sources, the interfaces, the tool."""
    digest = hashlib.sha256(tool.encode())
    for file in (*_sources(folder), *_sources(root / "wit")):
        content = file.read_bytes()
        digest.update(f"\0{file.relative_to(root)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    ignored = shutil.ignore_patterns(*_NOT_SOURCES)
    for path, folders, files in os.walk(folder):
        skip = ignored(path, [*folders, *files])
        folders[:] = sorted(set(folders) - skip)
        yield from (Path(path, name) for name in sorted(set(files) - skip))


def _tool() -> str:
    try:
        return version(_TOOL)
    except PackageNotFoundError as e:
        raise RuntimeError(f"{_TOOL} is missing, which builds the guests: pip install -e '.[guests]'") from e


def _tools(folder: Path) -> dict[str, str]:
    """The environment to build in: an app that lists its own requirements has one that is not ours."""
    home = SDK_ENVIRONMENT if (folder / "requirements.txt").exists() else Path(sys.prefix)
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "VIRTUAL_ENV": str(home), "PATH": path}


def _run(command: str, folder: Path) -> None:
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=_tools(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"`{command}` ended with {done.returncode} in {folder}:\n{done.stdout}")
