"""What a key-value store is to the calls of guests: bytes by name, and what may go wrong.

Knows no interface of WIT and no way to keep anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from spinfer.errors import SpinferError
from spinfer.factors.labels import Defined

MIN_COUNT, MAX_COUNT = -(2**63), 2**63 - 1
"""The numbers that a counter can hold."""


class StoreError(SpinferError):
    """A call that gave nothing: lower it to the interface's `error`."""


class AccessDenied(StoreError):
    """The component was not granted this label, whether it exists or not."""


class NoSuchStore(StoreError):
    """The component was granted this label, and nobody defined it."""


class TooManyStores(StoreError):
    """The instance holds as many open stores as it may."""


class StoreFailed(StoreError):
    """The store could not do it; the text is for the guest, and names nothing of this machine."""


class Store(Protocol):
    """One label's keys and values. Any thread; every method may wait for a disk or a network, not for long.

    Whatever a method changed is kept once it has returned. All raise StoreFailed.
    """

    def get(self, key: str) -> bytes | None:
        """None where there is no such key."""
        ...

    def set(self, key: str, value: bytes) -> None: ...

    def delete(self, key: str) -> None:
        """Deleting what is not there is no mistake."""
        ...

    def exists(self, key: str) -> bool: ...

    def keys(self) -> list[str]:
        """All of them, in any order."""
        ...

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """A value for each key, in their order."""
        ...

    def set_many(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """All or nothing; of a key that comes twice, the last value."""
        ...

    def delete_many(self, keys: Sequence[str]) -> None: ...

    def increment(self, key: str, delta: int) -> int:
        """The counter's new value; one that is not there begins at 0. Atomic."""
        ...

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """Set `value` if the key's value still is `expected`, None for no such key; else False. Atomic."""
        ...


class Stores(Defined, Protocol):
    """The stores that somebody defined."""

    def get(self, label: str) -> Store | None: ...


def counted(value: int) -> int:
    """A counter's new value. Raises StoreFailed where it is beyond the range of an s64."""
    if not MIN_COUNT <= value <= MAX_COUNT:
        raise StoreFailed("the counter would leave the range of a 64-bit integer")
    return value


def decode_count(value: bytes | None) -> int:
    """A counter as Spin keeps one in a file: 8 bytes, the least significant first. Raises StoreFailed."""
    if value is None:
        return 0
    if len(value) != 8:
        raise StoreFailed("the key's value is not a counter")
    return int.from_bytes(value, "little", signed=True)


def encode_count(count: int) -> bytes:
    return count.to_bytes(8, "little", signed=True)
