"""What the calls of one guest instance know: whom it may ask, and the connections it holds."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from spinfer.bindings.resources import Resource
from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.places import Places
from spinfer.factors.outbound_pg.failures import ConnectionFailed

if TYPE_CHECKING:
    from spinfer.factors.outbound_pg.connection import Connection

MAX_OPEN: Final = 256
"""Connections that one instance may hold."""
CLIENT: Final = "psycopg"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class PgState:
    """Guest thread."""

    guest: Guest
    gate: Gate
    places: Places
    held: set[Connection] = field(default_factory=set)

    def open(self, text: str) -> Connection:
        """Raises ConnectionFailed, or Cancelled."""
        if importlib.util.find_spec(CLIENT) is None:
            log.error(
                "component `%s` asks for PostgreSQL, whose client is not installed: "
                "pip install 'spinfer[postgres]'",
                self.guest.component,
            )
            raise ConnectionFailed("the host has no client for PostgreSQL")
        from spinfer.factors.outbound_pg import address as addresses  # noqa: PLC0415 - an extra, and slow to import
        from spinfer.factors.outbound_pg.connection import Connection  # noqa: PLC0415 - the same

        address = addresses.parse(text)
        for server in address.servers:
            if not self.gate.permits(self.guest.component, server.destination):
                raise ConnectionFailed(f"address {server} is not permitted")
        if len(self.held) >= MAX_OPEN or not self.places.take(self.guest.cancellation):
            raise ConnectionFailed("too many connections")
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
    state: PgState


def _drop(value: object) -> None:
    held = cast(Held, value)
    held.state.let_go(held.connection)


CONNECTION: Final = Resource("connection", _drop)
