"""The calls of the PostgreSQL interfaces, on the guest's thread: what goes wrong is a value, `Err`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from spinfer.bindings.values import Case
from spinfer.factors.outbound_networking.held import behind
from spinfer.factors.outbound_pg import results
from spinfer.factors.outbound_pg.dialects import Answer, Dialect
from spinfer.factors.outbound_pg.interface import Column, RowSet
from spinfer.factors.outbound_pg.parameters import parameters
from spinfer.factors.outbound_pg.state import CONNECTION, PgState

if TYPE_CHECKING:
    from spinfer.factors.outbound_pg.connection import Connection


@dataclass(frozen=True, slots=True)
class Calls:
    """Those of one version, where a connection is a handle."""

    dialect: Dialect

    def open(self, state: PgState, address: str) -> Answer[int]:
        return self.dialect.answer(lambda: state.held.handle(CONNECTION, state.open(address)))

    def query(self, _state: PgState, self_: int, statement: str, params: Sequence[Case]) -> Answer[RowSet]:
        return self.dialect.answer(lambda: query(behind(self_), statement, params, self.dialect))

    def execute(self, _state: PgState, self_: int, statement: str, params: Sequence[Case]) -> Answer[int]:
        return self.dialect.answer(lambda: execute(behind(self_), statement, params))


@dataclass(frozen=True, slots=True)
class CallsByAddress:
    """Those of the unversioned interface: a connection for each call."""

    dialect: Dialect

    def query(self, state: PgState, address: str, statement: str, params: Sequence[Case]) -> Answer[RowSet]:
        def asked() -> RowSet:
            with state.held.lent(state.open(address)) as connection:
                return query(connection, statement, params, self.dialect)

        return self.dialect.answer(asked)

    def execute(self, state: PgState, address: str, statement: str, params: Sequence[Case]) -> Answer[int]:
        def asked() -> int:
            with state.held.lent(state.open(address)) as connection:
                return execute(connection, statement, params)

        return self.dialect.answer(asked)


def query(connection: Connection, statement: str, params: Sequence[Case], dialect: Dialect) -> RowSet:
    """Raises PgFailed, or Cancelled when the guest's caller leaves."""
    result = connection.run(statement, parameters(params))
    kinds = [results.KINDS.get(oid) for _, oid in result.columns]
    columns = [
        Column(name, dialect.data_type(kind and kind.name, partial(connection.type_name, oid)))
        for (name, oid), kind in zip(result.columns, kinds, strict=True)
    ]
    rows = [
        [dialect.value(results.value(kind, data)) for kind, data in zip(kinds, row, strict=True)]
        for row in result.rows
    ]
    return RowSet(columns, rows)


def execute(connection: Connection, statement: str, params: Sequence[Case]) -> int:
    """Raises as `query` does."""
    return connection.run(statement, parameters(params)).changed
