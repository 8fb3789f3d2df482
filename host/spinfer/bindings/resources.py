"""The handles a guest holds: rep → the host's object. One table per instance, used on its guest thread only.

A rep is what wasmtime keeps inside a handle; guests cannot forge one. An object may have children (a stream
has pollables): they must be dropped before it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NoReturn

from spinfer.bindings.traps import Trapped

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of handle. Interfaces that list the same Resource share one type, under any names.

    `drop` is called with the host's object when the guest lets go of an owned handle, and for what is left
    when the instance ends.
    """

    name: str
    drop: Callable[[object], None] | None = None
    type_id: int = field(default_factory=lambda: next(_ids))
    """What tells kinds apart for wasmtime; leave it to the default."""

    def named(self, name: str) -> Resource:
        """The same kind under another name, as `headers` is `fields`."""
        return replace(self, name=name)


@dataclass(slots=True)
class _Entry:
    kind: Resource
    value: object
    parent: int | None
    children: int = 0


class _Entries(dict[int, _Entry]):
    """By their reps."""

    def __missing__(self, rep: int) -> NoReturn:
        raise Trapped("unknown handle")


class Resources:
    """Raises Trapped for a rep that is not held, and for taking or dropping a parent that has children."""

    def __init__(self) -> None:
        self._entries = _Entries()
        self._reps = itertools.count(1)

    def __len__(self) -> int:
        return len(self._entries)

    def own(self, kind: Resource, value: object, parent: int | None = None) -> int:
        """The rep of a new handle, to be returned as `own<kind>`."""
        rep = next(self._reps)
        if parent is not None:
            self._entries[parent].children += 1
        self._entries[rep] = _Entry(kind, value, parent)
        return rep

    def borrow(self, rep: int) -> object:
        """The object itself; the guest keeps its handle."""
        return self._entries[rep].value

    def take(self, rep: int) -> object:
        """The object, given back by the guest as `own<kind>`: it is not dropped, and the rep is gone."""
        return self._remove(rep).value

    def drop(self, rep: int) -> None:
        """The guest let go of its handle."""
        entry = self._remove(rep)
        if entry.kind.drop is not None:
            entry.kind.drop(entry.value)

    def close(self) -> None:
        """Drop whatever is left, children before their parents, newest first; every drop is tried.

        Raises an ExceptionGroup of what the drops raised. Closing twice is no mistake.
        """
        failures = []
        while self._entries:
            rep = next(rep for rep, entry in reversed(self._entries.items()) if not entry.children)
            try:
                self.drop(rep)
            except Exception as failure:  # noqa: BLE001 - one bad drop must not keep the others from happening
                failures.append(failure)
        if failures:
            raise ExceptionGroup("handles that could not be dropped", failures)

    def _remove(self, rep: int) -> _Entry:
        entry = self._entries[rep]
        if entry.children:
            raise Trapped("resource has children")
        del self._entries[rep]
        if entry.parent is not None:
            self._entries[entry.parent].children -= 1
        return entry
