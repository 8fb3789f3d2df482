"""The connections to a service elsewhere that one guest holds, and the handles by which it knows them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.resources import Resource
from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking.connection import Connection
from spinfer.factors.outbound_networking.pool import Pool

MAX_OPEN: Final = 256
"""Connections that one instance may hold."""

C = TypeVar("C", bound=Connection)


class HeldConnections(Generic[C]):
    """Each is the pool's again when it is let go. Guest thread."""

    def __init__(self, pool: Pool[C], guest: Guest) -> None:
        self._pool = pool
        self._guest = guest
        self._held: dict[C, Hashable] = {}

    def hold(self, address: str, connect: Callable[[], C]) -> C | None:
        """What `connect` makes, or has made for another guest of this component at the same address.

        None: this guest, or all of them together, hold as many as they may.
        Raises what `connect` raises, or Cancelled when the guest's caller leaves.
        """
        if len(self._held) >= MAX_OPEN:
            return None
        key = (self._guest.component, address)
        connection = self._pool.take(key, connect, self._guest.cancellation)
        if connection is not None:
            self._held[connection] = key
        return connection

    def let_go(self, connection: C) -> None:
        self._pool.give_back(self._held.pop(connection), connection, self._guest.cancellation)

    @contextmanager
    def lent(self, connection: C) -> Iterator[C]:
        """One of these, for a block at whose end it is let go."""
        try:
            yield connection
        finally:
            self.let_go(connection)

    def close(self) -> None:
        """Let go of whatever the guest still holds."""
        for connection in tuple(self._held):
            self.let_go(connection)

    def handle(self, kind: Resource, connection: C) -> int:
        """A handle of the guest's to one of these: dropped, it lets go of it."""
        return current().resources.own(kind, _Handle(connection, self))


@dataclass(frozen=True, slots=True)
class _Handle(Generic[C]):
    """The host's object behind a `connection` handle."""

    connection: C
    held: HeldConnections[C]


def behind(rep: int) -> Any:  # noqa: ANN401 - whoever made the handle knows what it made
    """The connection that a handle of this guest's stands for. Raises Trapped for one that is none."""
    return cast(_Handle[Any], current().resources.borrow(rep)).connection


def kind() -> Resource:
    """Of the handles of one service."""
    return Resource("connection", _drop)


def _drop(value: object) -> None:
    handle = cast(_Handle[Any], value)
    handle.held.let_go(handle.connection)
