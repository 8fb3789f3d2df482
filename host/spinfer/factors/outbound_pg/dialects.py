"""How the versions of the interface differ: which values they have, and how they say what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.outbound_pg import interface
from spinfer.factors.outbound_pg.failures import (
    BadParameter,
    ConnectionFailed,
    ConversionFailed,
    PgFailed,
    QueryFailed,
    ServerError,
)
from spinfer.factors.outbound_pg.interface import DbErrorRecord

T = TypeVar("T")
Answer = Ok[T] | Err[Case]

_CASES: Final = {
    ConnectionFailed: "connection-failed",
    BadParameter: "bad-parameter",
    QueryFailed: "query-failed",
    ConversionFailed: "value-conversion-failed",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version's."""

    values: frozenset[str]
    """The cases that a value may have here."""
    is_rich: bool = False
    """Types without a case have names, their values bytes, and errors parts."""

    def data_type(self, case: str | None, type_name: Callable[[], str]) -> str | Case:
        """Of a column; `type_name` is asked for what the server calls a type without a case."""
        if case not in self.values:
            return Case("other", type_name()) if self.is_rich else "other"
        return Case(case) if self.is_rich else case

    def value(self, value: Case) -> Case:
        """As this version has it."""
        if self.is_rich or value.name in self.values or value.name == "db-null":
            return value
        return Case("unsupported")

    def answer(self, call: Callable[[], T]) -> Answer[T]:
        """What `call` returns, or the PgFailed that it raises."""
        try:
            return Ok(call())
        except PgFailed as e:
            return Err(self._error(e))

    def _error(self, error: PgFailed) -> Case:
        name = _CASES[type(error)]
        match error:
            case QueryFailed(server=None) if self.is_rich:
                return Case(name, Case("text", str(error)))
            case QueryFailed(server=ServerError() as server) if self.is_rich:
                return Case(name, Case("db-error", _record(server)))
        return Case(name, str(error))


def _record(error: ServerError) -> DbErrorRecord:
    detail = None if error.detail is None else Some(error.detail)
    return DbErrorRecord(
        str(error), error.severity, error.code, error.message, detail, list(error.extras.items())
    )


VERSION_2: Final = Dialect(frozenset(interface.names(interface.CASES_2)))
VERSION_3: Final = Dialect(frozenset(interface.names(interface.CASES_3)))
VERSION_4: Final = Dialect(frozenset(interface.names(interface.CASES_4)), is_rich=True)
