"""Compiled components on disk, so that a guest is compiled once per machine and not once per start.

A file is machine code, so it is used only from a folder that nobody else can write, and only while its
content has the digest that stands in its name: `<component and compiler>.<digest of the file>.cwasm`. Name
and content come into being together, by one rename.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_cache_path
from wasmtime.component import Component

from spinfer.runtime.compiler import CompileError, Compiler

MAX_BYTES = 1 << 30
_SUFFIX = ".cwasm"
_PARTIAL = ".partial-"
_STALE_S = 3600
"""No compilation takes so long: a partial file of this age was left behind by a process that was killed."""
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH

log = logging.getLogger(__name__)


class CompileCache:
    """Compiled components in `folder` (default: the platform's cache folder), at most `max_bytes` of them.

    Never fatal: what cannot be read is compiled again, what cannot be written costs one log line. Every
    method may be called from any thread, and several processes may share a folder.
    """

    def __init__(self, compiler: Compiler, folder: Path | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self._compiler = compiler
        self._folder = folder if folder is not None else user_cache_path("spinfer") / "components"
        self._max_bytes = max_bytes

    def compile(self, wasm: bytes) -> Component:
        """The compiled form of `wasm`, from disk or fresh. Raises CompileError."""
        if not self._usable():
            return self._compiler.compile(wasm)
        stem = f"{hashlib.sha256(wasm).hexdigest()}-{self._compiler.fingerprint[:16]}"
        return self._find(stem) or self._make(stem, wasm)

    def _find(self, stem: str) -> Component | None:
        for path in self._folder.glob(f"{stem}.*{_SUFFIX}"):
            component = self._load(path)
            if component is not None:
                return component
            log.warning("the compiled component %s is damaged: compiling it again", path)
            _remove(path)
        return None

    def _load(self, path: Path) -> Component | None:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != path.name.split(".")[1]:
                return None
            component = self._compiler.load(path)
            os.utime(path)  # most recently used: the last to be pruned
        except (OSError, CompileError) as e:
            log.debug("cannot load %s: %s", path, e)
            return None
        return component

    def _make(self, stem: str, wasm: bytes) -> Component:
        component = self._compiler.compile(wasm)
        try:
            self._write(stem, bytes(component.serialize()))
            self._prune()
        except OSError as e:
            log.warning("the compile cache %s cannot be written: %s", self._folder, e)
        return component

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
