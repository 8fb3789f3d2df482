"""Compiled components and core modules on disk: a guest is compiled once per machine, not once per start.

A file is machine code, so it is used only from a folder that nobody else can write, and only while its
content has the digest that stands in its name: `<what it was and compiler>.<digest of the file>.cwasm`. Name
and content come into being together, by one rename.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from platformdirs import user_cache_path
from wasmtime import Module
from wasmtime.component import Component

from spinfer.runtime.compiler import CompileError, Compiler

MAX_BYTES = 1 << 30
_SUFFIX = ".cwasm"
_PARTIAL = ".partial-"
_STALE_S = 3600
"""No compilation takes so long: a partial file of this age was left behind by a process that was killed."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH

_Code = TypeVar("_Code", Component, Module)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kind(Generic[_Code]):
    """How components, or core modules, come to be. Their bytes differ, so they share the names of files."""

    compile: Callable[[bytes], _Code]
    load: Callable[[Path], _Code]


class CompileCache:
    """What was compiled, in `folder` (default: the platform's cache folder), at most `max_bytes` of it.

    Never fatal: what cannot be read is compiled again, what cannot be written costs one log line. Every
    method may be called from any thread, and several processes may share a folder.
    """

    def __init__(self, compiler: Compiler, folder: Path | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self._compiler = compiler
        self._folder = folder if folder is not None else user_cache_path("spinfer") / "components"
        self._max_bytes = max_bytes

    def compile(self, wasm: bytes) -> Component:
        """The compiled form of `wasm`, from disk or fresh. Raises CompileError."""
        return self._compiled(_Kind(self._compiler.compile, self._compiler.load), wasm)

    def compile_module(self, wasm: bytes | memoryview) -> Module:
        """The compiled form of a core module, from disk or fresh. Raises CompileError."""
        return self._compiled(_Kind(self._compiler.compile_module, self._compiler.load_module), wasm)

    def _compiled(self, kind: _Kind[_Code], wasm: bytes | memoryview) -> _Code:
        if not self._usable():
            return kind.compile(bytes(wasm))
        stem = f"{hashlib.sha256(wasm).hexdigest()}-{self._compiler.fingerprint[:16]}"
        return self._find(kind, stem) or self._make(kind, stem, bytes(wasm))

    def _find(self, kind: _Kind[_Code], stem: str) -> _Code | None:
        for path in self._folder.glob(f"{stem}.*{_SUFFIX}"):
            code = self._load(kind, path)
            if code is not None:
                return code
            log.warning("the compiled component %s is damaged: compiling it again", path)
            _remove(path)
        return None

    def _load(self, kind: _Kind[_Code], path: Path) -> _Code | None:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != path.name.split(".")[1]:
                return None
            code = kind.load(path)
            os.utime(path)  # most recently used: the last to be pruned
        except (OSError, CompileError) as e:
            log.debug("cannot load %s: %s", path, e)
            return None
        return code

    def _make(self, kind: _Kind[_Code], stem: str, wasm: bytes) -> _Code:
        code = kind.compile(wasm)
        try:
            self._write(stem, bytes(code.serialize()))
            self._prune()
        except OSError as e:
            log.warning("the compile cache %s cannot be written: %s", self._folder, e)
        return code

    def _write(self, stem: str, code: bytes) -> None:
        if len(code) > self._max_bytes:
            return
        descriptor, partial = tempfile.mkstemp(prefix=_PARTIAL, dir=self._folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(code)
            Path(partial).replace(self._folder / f"{stem}.{hashlib.sha256(code).hexdigest()}{_SUFFIX}")
        except BaseException:
            _remove(Path(partial))
            raise

    def _prune(self) -> None:
        """Delete what was left half-written, and the least recently used until the rest fits."""
        stale = time.time() - _STALE_S
        entries = sorted(_entries(self._folder), key=lambda entry: entry[1].st_mtime_ns, reverse=True)
        room = self._max_bytes
        for path, info in entries:
            room -= info.st_size
            if room < 0 or (path.suffix != _SUFFIX and info.st_mtime < stale):
                _remove(path)

    def _usable(self) -> bool:
        """Make the folder, private to this user, and see that it is."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            info = self._folder.stat()
        except OSError as e:
            log.warning("no compile cache: %s", e)
            return False
        if hasattr(os, "getuid") and (info.st_uid != os.getuid() or info.st_mode & _OTHERS_MAY_WRITE):
            log.warning(
                "no compile cache: others can write %s (cure: chmod 700 it, or choose another)", self._folder
            )
            return False
        return True


def _entries(folder: Path) -> Iterable[tuple[Path, os.stat_result]]:
    """Compiled files, and what a killed process left half-written; another process may be deleting them."""
    for path in folder.iterdir():
        if path.suffix == _SUFFIX or path.name.startswith(_PARTIAL):
            try:
                yield path, path.stat()
            except FileNotFoundError:
                continue


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as e:
        log.debug("cannot delete %s: %s", path, e)
