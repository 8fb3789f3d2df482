"""WASI as a factor: what is linked, what was granted, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import chain

from spinfer.bindings.imports import Interface
from spinfer.errors import ConfigError, Problem
from spinfer.factors.base import Guest
from spinfer.factors.wasi import clocks, command_line, randomness, sockets
from spinfer.factors.wasi.filesystem import interface as filesystem
from spinfer.factors.wasi.grants import Grants
from spinfer.factors.wasi.state import WasiState, opened
from spinfer.factors.wasi.versions import NAME


class WasiFactor:
    """The system, as far as `grants` shows it to each component; one that it does not name sees nothing."""

    name = NAME

    def __init__(self, grants: Mapping[str, Grants]) -> None:
        self._grants = dict(grants)

    def interfaces(self) -> Sequence[Interface]:
        return (
            *command_line.INTERFACES,
            *clocks.INTERFACES,
            *randomness.INTERFACES,
            *filesystem.INTERFACES,
            *sockets.INTERFACES,
        )

    def configure(self, components: Collection[str]) -> None:
        """Raises ConfigError, listing mounts that are no folders and texts that no guest can be told."""
        problems = [
            problem
            for component in components
            for problem in _problems(f"component `{component}`", self._grants.get(component, Grants()))
        ]
        if problems:
            raise ConfigError.listing(problems)

    def prepare(self, guest: Guest) -> AbstractContextManager[WasiState]:
        return opened(self._grants.get(guest.component, Grants()))


def _problems(where: str, grants: Grants) -> Iterator[Problem]:
    for mount in grants.mounts:
        if not mount.host.is_dir():
            yield Problem(f"`{mount.host}` is not a folder", where, "Create it, or name another.")
    texts = [*grants.arguments, *(mount.guest for mount in grants.mounts), *chain(*grants.environment)]
    for text in texts:
        if any("\ud800" <= character <= "\udfff" for character in text):
            yield Problem(f"{text!r} is not valid UTF-8", where, "Re-encode it.")
