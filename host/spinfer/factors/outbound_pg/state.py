"""What the calls of one guest instance know: whom it may ask, and the connections it holds."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking import held
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.held import HeldConnections
from spinfer.factors.outbound_pg.failures import ConnectionFailed

if TYPE_CHECKING:
    from spinfer.factors.outbound_pg.connection import Connection

CLIENT: Final = "psycopg"
CONNECTION: Final = held.kind()

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PgState:
    """Guest thread."""

    guest: Guest
    gate: Gate
    held: HeldConnections[Connection]

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
        connection = self.held.hold(text, lambda: Connection(address, self.gate, self.guest.cancellation))
        if connection is None:
            raise ConnectionFailed("too many connections")
        return connection
