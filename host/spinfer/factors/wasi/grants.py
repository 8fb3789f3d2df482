"""What a component may have of the system it runs on: frozen values, nothing unless granted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spinfer.factors.wasi.stdio import Nothing, Sink
from spinfer.factors.wasi_io.streams import InputStream, OutputStream


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder of the host's at a path of the guest's."""

    host: Path
    guest: str
    writable: bool = False


def discarded() -> OutputStream:
    return Sink(lambda _data: None)


@dataclass(frozen=True, slots=True)
class Grants:
    """One component's share. The standard streams are made for each instance, and dropped at its end."""

    arguments: tuple[str, ...] = ()
    """The program's name first."""
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    stdin: Callable[[], InputStream] = Nothing
    stdout: Callable[[], OutputStream] = discarded
    stderr: Callable[[], OutputStream] = discarded
