"""What components print: each line whole, into a file of its component's and to whoever follows."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from spinfer.errors import ConfigError

Stream = Literal["stdout", "stderr"]

MAX_LINE_BYTES: Final = 16 << 10
"""A longer line is broken: a guest that never ends one must not fill the memory."""
_FILE_MODE = 0o644

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Where the lines go."""

    folder: Path | None
    """None: to no file."""
    truncate: bool = False
    """Begin with empty files."""
    follow: Collection[str] | None = None
    """The components to show; None: all of them."""


class ComponentLogs:
    """The files of one app. Every method may be called from any thread; `show` is given whole lines."""

    def __init__(
        self, settings: LogSettings, show: Callable[[bytes], None], components: Iterable[str] = ()
    ) -> None:
        """Makes the folder, and empties what there is of `components` if that is asked for.

        Raises ConfigError when that is impossible.
        """
        self._settings = settings
        self._show = show
        self._lock = threading.Lock()
        self._files: dict[tuple[str, Stream], int] = {}
        if settings.folder is not None:
            try:
                settings.folder.mkdir(parents=True, exist_ok=True)
                if settings.truncate:
                    _empty(settings.folder, components)
            except OSError as e:
                raise ConfigError(
                    f"logs cannot be kept in {settings.folder} ({e.strerror})",
                    where="--log-dir",
                    cure='Name another folder, or pass `--log-dir ""` for no files.',
                ) from e

    def open(self, component: str, stream: Stream) -> LineWriter:
        """What one instance writes to."""
        followed = self._settings.follow is None or component in self._settings.follow
        prefix = f"[{component}] ".encode() if followed else None
        return LineWriter(lambda line: self._keep(component, stream, line, prefix))

    def close(self) -> None:
        """Lines that come later are shown, but not kept."""
        with self._lock:
            for file in self._files.values():
                os.close(file)
            self._files.clear()
            self._settings = LogSettings(None, follow=self._settings.follow)

    def _keep(self, component: str, stream: Stream, line: bytes, prefix: bytes | None) -> None:
        with self._lock:
            if self._settings.folder is not None:
                try:
                    os.write(self._file(self._settings.folder, component, stream), line)
                except OSError as e:
                    log.error("component `%s`: its log cannot be written: %s", component, e)  # noqa: TRY400
                    self._settings = LogSettings(None, follow=self._settings.follow)
            if prefix is not None:
                self._show(prefix + line)

    def _file(self, folder: Path, component: str, stream: Stream) -> int:
        if (component, stream) not in self._files:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._files[component, stream] = os.open(_path(folder, component, stream), flags, _FILE_MODE)
        return self._files[component, stream]


def _path(folder: Path, component: str, stream: Stream) -> Path:
    return folder / f"{component}_{stream}.txt"


def _empty(folder: Path, components: Iterable[str]) -> None:
    """At once, not when the first line comes: several processes may write to these files."""
    for component in components:
        for stream in get_args(Stream):
            with suppress(FileNotFoundError):
                os.truncate(_path(folder, component, stream), 0)


class LineWriter:
    """Gathers one instance's bytes into lines. Belongs to its guest thread."""

    def __init__(self, keep: Callable[[bytes], None]) -> None:
        self._keep = keep
        self._begun = bytearray()

    def write(self, data: bytes) -> None:
        *lines, rest = (self._begun + data).split(b"\n")
        for line in lines:
            self._keep(bytes(line) + b"\n")
        self._begun = rest
        while len(self._begun) > MAX_LINE_BYTES:
            self._keep(bytes(self._begun[:MAX_LINE_BYTES]) + b"\n")
            del self._begun[:MAX_LINE_BYTES]

    def close(self) -> None:
        """A last line without its end gets one."""
        if self._begun:
            self._keep(bytes(self._begun) + b"\n")
            self._begun.clear()
