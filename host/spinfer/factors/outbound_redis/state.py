"""What the calls of one guest instance know: whom it may ask, and the connections it holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from spinfer.bindings.resources import Resource
from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.places import Places
from spinfer.factors.outbound_redis import address as addresses
from spinfer.factors.outbound_redis.address import InvalidAddress
from spinfer.factors.outbound_redis.failures import TooManyConnections

if TYPE_CHECKING:
    from spinfer.factors.outbound_redis.connection import Connection

MAX_OPEN: Final = 256
"""Connections that one instance may hold."""


@dataclass(slots=True)
class RedisState:
    """Guest thread."""

    guest: Guest
    gate: Gate
    places: Places
    held: set[Connection] = field(default_factory=set)

    def open(self, text: str) -> Connection:
        """Raises InvalidAddress, TooManyConnections, RedisFailed, or Cancelled."""
        from spinfer.factors.outbound_redis.connection import Connection  # noqa: PLC0415 - slow to import, rarely needed

        address = addresses.parse(text)
        if not self.gate.permits(self.guest.component, address.destination):
            raise InvalidAddress(f"{address} is not allowed")
        if len(self.held) >= MAX_OPEN or not self.places.take(self.guest.cancellation):
            raise TooManyConnections
        try:
            connection = Connection(address, self.gate, self.guest.cancellation)
        except BaseException:
            self.places.give_back()
            raise
        self.held.add(connection)
        return connection

    @contextmanager
    def lent(self, text: str) -> Iterator[Connection]:
        """A connection for one call. Raises as `open` does."""
        connection = self.open(text)
        try:
            yield connection
        finally:
            self.let_go(connection)

    def let_go(self, connection: Connection) -> None:
        self.held.discard(connection)
        self.places.give_back()
        connection.close()

    def close(self) -> None:
        """Let go of whatever the instance still holds."""
        for connection in tuple(self.held):
            self.let_go(connection)


@dataclass(frozen=True, slots=True)
class Held:
    """The host's object behind a `connection` handle."""

    connection: Connection
    state: RedisState


def _drop(value: object) -> None:
    held = cast(Held, value)
    held.state.let_go(held.connection)


CONNECTION: Final = Resource("connection", _drop)
