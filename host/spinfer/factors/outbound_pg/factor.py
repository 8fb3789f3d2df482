"""PostgreSQL as a factor: what is linked, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.held import HeldConnections
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_pg import dialects, interface
from spinfer.factors.outbound_pg.calls import Calls, CallsByAddress
from spinfer.factors.outbound_pg.dialects import Dialect
from spinfer.factors.outbound_pg.interface import Types
from spinfer.factors.outbound_pg.state import CONNECTION, PgState

if TYPE_CHECKING:
    from spinfer.factors.outbound_pg.connection import Connection


class OutboundPgFactor:
    """PostgreSQL servers, where `gate` lets a component connect to them."""

    name = "outbound-pg"

    def __init__(self, gate: Gate, pool: Pool[Connection]) -> None:
        """`pool`: of all guests' connections; whoever made it closes it."""
        self._gate = gate
        self._pool = pool

    def interfaces(self) -> Sequence[Interface]:
        old = CallsByAddress(dialects.VERSION_2)
        unversioned = (
            Function("query", interface.UNVERSIONED.query, old.query),
            Function("execute", interface.UNVERSIONED.execute, old.execute),
        )
        return (
            Interface(interface.SPIN, (None,), self.name, unversioned),
            self._versioned(interface.SPIN, "2.0.0", interface.VERSION_2, dialects.VERSION_2),
            self._versioned(interface.OWN, "3.0.0", interface.VERSION_3, dialects.VERSION_3),
            self._versioned(interface.OWN, "4.0.0", interface.VERSION_4, dialects.VERSION_4),
        )

    def _versioned(self, name: str, version: str, types: Types, dialect: Dialect) -> Interface:
        calls = Calls(dialect)
        functions = (
            Function("[static]connection.open", types.open, calls.open),
            Function("[method]connection.query", types.query, calls.query),
            Function("[method]connection.execute", types.execute, calls.execute),
        )
        return Interface(name, (version,), self.name, functions, (CONNECTION,))

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: whom a component may reach is decided for each connection."""

    def prepare(self, guest: Guest) -> AbstractContextManager[PgState]:
        return self._state(guest)

    @contextmanager
    def _state(self, guest: Guest) -> Iterator[PgState]:
        with closing(HeldConnections(self._pool, guest)) as held:
            yield PgState(guest, self._gate, held)
