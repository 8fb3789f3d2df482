"""`fields` of wasi:http: the lines of a header or trailer section, in their order. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from spinfer.factors.wasi_http import syntax

Entry = tuple[str, bytes]


class HeaderError(Exception):
    """Why a change was refused; `case` is WIT's `header-error`."""

    case = ""


class InvalidSyntax(HeaderError):
    """No message could carry this name or value."""

    case = "invalid-syntax"


class Forbidden(HeaderError):
    """The name belongs to the connection, which is the host's."""

    case = "forbidden"


class Immutable(HeaderError):
    """These fields are part of a message already."""

    case = "immutable"


class Fields:
    """Name-value pairs; names keep their letters' case and are compared without it.

    Whatever a guest adds is checked; the constructor takes what is known to be right. A refused change
    changes nothing.
    """

    __slots__ = ("_entries", "_immutable")

    def __init__(self, entries: Iterable[Entry] = (), *, immutable: bool = False) -> None:
        self._entries = list(entries)
        self._immutable = immutable

    @classmethod
    def checked(cls, entries: Iterable[Entry]) -> Fields:
        """A guest's own list. Raises InvalidSyntax or Forbidden."""
        entries = list(entries)
        for name, value in entries:
            _verify(name, value)
        return cls(entries)

    @classmethod
    def received(cls, entries: Iterable[Entry]) -> Fields:
        """What came over a connection, without what belongs to that connection; immutable."""
        return cls([entry for entry in entries if not syntax.is_forbidden(entry[0])], immutable=True)

    def __repr__(self) -> str:
        return f"<Fields {self._entries!r}{', immutable' if self._immutable else ''}>"

    def get(self, name: str) -> list[bytes]:
        wanted = name.lower()
        return [value for key, value in self._entries if key.lower() == wanted]

    def has(self, name: str) -> bool:
        wanted = name.lower()
        return any(key.lower() == wanted for key, _ in self._entries)

    def set(self, name: str, values: Iterable[bytes]) -> None:
        """Replace every line of that name."""
        values = list(values)
        self._check(name, *values)
        self._remove(name)
        self._entries.extend((name, value) for value in values)

    def delete(self, name: str) -> None:
        """Remove every line of that name; it is no mistake if there is none."""
        self._check(name)
        self._remove(name)

    def append(self, name: str, value: bytes) -> None:
        self._check(name, value)
        self._entries.append((name, value))

    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def clone(self) -> Fields:
        """A copy that may be changed."""
        return Fields(self._entries)

    def frozen(self) -> Fields:
        """A copy that may not."""
        return Fields(self._entries, immutable=True)

    def _check(self, name: str, *values: bytes) -> None:
        if self._immutable:
            raise Immutable
        _verify(name, *values)

    def _remove(self, name: str) -> None:
        wanted = name.lower()
        self._entries = [entry for entry in self._entries if entry[0].lower() != wanted]


def _verify(name: str, *values: bytes) -> None:
    if not syntax.is_name(name) or not all(map(syntax.is_value, values)):
        raise InvalidSyntax
    if syntax.is_forbidden(name):
        raise Forbidden
