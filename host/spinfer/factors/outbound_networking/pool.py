"""The connections of all guests to one kind of service: how many there are, and who gets one that is idle.

Connecting takes far longer than asking: half a millisecond for Redis on this machine, seven for PostgreSQL
with a password, and the unversioned interfaces connect for every call. So a connection that a guest lets go
of is kept for a short time, for guests of the same component that open the same address with the same user
and password: they run the same code with the same rights. It is reset before it is kept, and closed instead
where it cannot be told whether something of that guest's is left in it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from spinfer.factors.outbound_networking.connection import Connection
from spinfer.factors.outbound_networking.idle import KEEP_S, IdleConnections
from spinfer.factors.outbound_networking.places import PATIENCE_S, Places
from spinfer.inference.cancellation import Cancellation

C = TypeVar("C", bound=Connection)


class Pool(Generic[C]):
    """Close it once its guests have ended. Any thread."""

    def __init__(
        self, limit: int | None = None, *, patience_s: float = PATIENCE_S, keep_s: float = KEEP_S
    ) -> None:
        """`limit`: of connections, idle ones too; None: as many as are asked for."""
        self._limit = limit
        self._places = Places(limit, patience_s)
        self._idle: IdleConnections[C] = IdleConnections(keep_s)

    def take(self, key: Hashable, connect: Callable[[], C], cancellation: Cancellation) -> C | None:
        """An idle one of that `key`, or what `connect` makes; None: there are too many.

        Raises what `connect` raises, or Cancelled when the guest's caller leaves.
        """
        if not self._places.take(cancellation):
            return None
        try:
            return self._resumed(key, cancellation) or self._made(connect)
        except BaseException:
            self._places.give_back()
            raise

    def give_back(self, key: Hashable, connection: C, cancellation: Cancellation) -> None:
        """For the next one, if it can be reset; `cancellation` of the guest that had it."""
        try:
            if self._idle.wants(key) and connection.reset() and not cancellation.cancelled:
                self._idle.put(key, connection)
            else:
                connection.close()
        finally:
            self._places.give_back()

    def close(self) -> None:
        """No connection is idle from now on."""
        self._idle.close()

    def _resumed(self, key: Hashable, cancellation: Cancellation) -> C | None:
        while (connection := self._idle.take(key)) is not None:
            if connection.resume(cancellation):
                return connection
            connection.close()
        return None

    def _made(self, connect: Callable[[], C]) -> C:
        if self._limit is not None:
            self._idle.shrink(self._limit - self._places.taken)
        return connect()
