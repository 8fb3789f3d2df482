"""What the calls of one guest instance know: which labels it may open, and how many stores it holds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Final, cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.resources import Resource
from spinfer.factors.key_value.store import AccessDenied, NoSuchStore, Store, Stores, TooManyStores

MAX_OPEN: Final = 256
"""Stores that one instance may hold open, as in Spin."""


@dataclass(slots=True)
class KeyValueState:
    """Guest thread."""

    labels: frozenset[str]
    stores: Stores
    held: int = 0
    numbered: dict[int, Store] = field(default_factory=dict)
    """The open stores of the unversioned interface, where a handle is a plain number."""
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def open(self, label: str) -> Store:
        """The component's store of that label, held from now on. Raises StoreError."""
        if label not in self.labels:
            raise AccessDenied(label)
        store = self.stores.get(label)
        if store is None:
            raise NoSuchStore(label)
        if self.held >= MAX_OPEN:
            raise TooManyStores(f"too many stores are open: an instance may hold {MAX_OPEN}")
        self.held += 1
        return store

    def let_go(self) -> None:
        self.held -= 1


@dataclass(frozen=True, slots=True)
class Held:
    """The host's object behind a `store` or a `bucket` handle."""

    store: Store
    state: KeyValueState


@dataclass(slots=True)
class Comparison:
    """The host's object behind a `cas` handle: a key, and the value that a swap expects to find."""

    store: Store
    key: str
    expected: bytes | None


def behind(rep: int) -> Store:
    """The store that a handle of this guest's stands for. Raises Trapped for one that is none."""
    return cast(Held, current().resources.borrow(rep)).store


def _drop(value: object) -> None:
    cast(Held, value).state.let_go()


STORE: Final = Resource("store", _drop)
BUCKET: Final = Resource("bucket", _drop)
CAS: Final = Resource("cas")
