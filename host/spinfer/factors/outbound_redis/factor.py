"""Redis as a factor: what is linked, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Final

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.held import HeldConnections
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_redis import calls, calls_unversioned, interface
from spinfer.factors.outbound_redis.state import CONNECTION, RedisState

if TYPE_CHECKING:
    from spinfer.factors.outbound_redis.connection import Connection

_VERSIONED: Final = (
    Function("[static]connection.open", interface.OPEN, calls.open_),
    Function("[method]connection.publish", interface.PUBLISH, calls.publish),
    Function("[method]connection.get", interface.GET, calls.get),
    Function("[method]connection.set", interface.SET, calls.set_),
    Function("[method]connection.incr", interface.INCR, calls.incr),
    Function("[method]connection.del", interface.DEL, calls.del_),
    Function("[method]connection.sadd", interface.SADD, calls.sadd),
    Function("[method]connection.smembers", interface.SMEMBERS, calls.smembers),
    Function("[method]connection.srem", interface.SREM, calls.srem),
    Function("[method]connection.execute", interface.EXECUTE, calls.execute),
)
_UNVERSIONED: Final = (
    Function("publish", interface.OLD_PUBLISH, calls_unversioned.publish),
    Function("get", interface.OLD_GET, calls_unversioned.get),
    Function("set", interface.OLD_SET, calls_unversioned.set_),
    Function("incr", interface.OLD_INCR, calls_unversioned.incr),
    Function("del", interface.OLD_DEL, calls_unversioned.del_),
    Function("sadd", interface.OLD_SADD, calls_unversioned.sadd),
    Function("smembers", interface.OLD_SMEMBERS, calls_unversioned.smembers),
    Function("srem", interface.OLD_SREM, calls_unversioned.srem),
    Function("execute", interface.OLD_EXECUTE, calls_unversioned.execute),
)


class OutboundRedisFactor:
    """Redis servers, where `gate` lets a component connect to them."""

    name = "outbound-redis"

    def __init__(self, gate: Gate, pool: Pool[Connection]) -> None:
        """`pool`: of all guests' connections; whoever made it closes it."""
        self._gate = gate
        self._pool = pool

    def interfaces(self) -> Sequence[Interface]:
        return (
            Interface(interface.REDIS, ("2.0.0",), self.name, _VERSIONED, (CONNECTION,)),
            Interface(interface.REDIS, (None,), self.name, _UNVERSIONED),
        )

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: whom a component may reach is decided for each connection."""

    def prepare(self, guest: Guest) -> AbstractContextManager[RedisState]:
        return self._state(guest)

    @contextmanager
    def _state(self, guest: Guest) -> Iterator[RedisState]:
        with closing(HeldConnections(self._pool, guest)) as held:
            yield RedisState(guest, self._gate, held)
