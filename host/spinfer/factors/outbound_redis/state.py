"""What the calls of one guest instance know: whom it may ask, and the connections it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking import held
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.held import HeldConnections
from spinfer.factors.outbound_redis import address as addresses
from spinfer.factors.outbound_redis.address import InvalidAddress
from spinfer.factors.outbound_redis.failures import TooManyConnections

if TYPE_CHECKING:
    from spinfer.factors.outbound_redis.connection import Connection

CONNECTION: Final = held.kind()


@dataclass(frozen=True, slots=True)
class RedisState:
    """Guest thread."""

    guest: Guest
    gate: Gate
    held: HeldConnections[Connection]

    def open(self, text: str) -> Connection:
        """Raises InvalidAddress, TooManyConnections, RedisFailed, or Cancelled."""
        from spinfer.factors.outbound_redis.connection import Connection  # noqa: PLC0415 - slow to import, rarely needed

        address = addresses.parse(text)
        if not self.gate.permits(self.guest.component, address.destination):
            raise InvalidAddress(f"{address} is not allowed")
        connection = self.held.hold(text, lambda: Connection(address, self.gate, self.guest.cancellation))
        if connection is None:
            raise TooManyConnections
        return connection
