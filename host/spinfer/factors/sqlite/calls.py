"""The calls of the SQLite interfaces, on the guest's thread: what goes wrong is a value, `Err`.

The versions differ in what a connection is: a handle, or, in the unversioned interface, a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

from spinfer.bindings.hostcall import current
from spinfer.bindings.values import Case, Err, Ok
from spinfer.factors.sqlite.interface import QueryResult, RowResult
from spinfer.factors.sqlite.session import Result, Row, Session, SqliteFailed, Value
from spinfer.factors.sqlite.state import CONNECTION, AccessDenied, Held, NoSuchDatabase, SqliteState

T = TypeVar("T")
Answer = Ok[T] | Err[Case]

_NULL: Final = Case("null")
_NAMES: Final[dict[type, str]] = {int: "integer", float: "real", str: "text", bytes: "blob"}


def open_(state: SqliteState, database: str) -> Answer[int]:
    return _answer(lambda: current().resources.own(CONNECTION, Held(state.open(database), state)))


def execute(
    _state: SqliteState, self: int, statement: str, parameters: Sequence[Case]
) -> Answer[QueryResult]:
    return _answer(lambda: _execute(_session(self), statement, parameters))


def last_insert_rowid(_state: SqliteState, self: int) -> int:
    return _session(self).last_insert_rowid


def changes(_state: SqliteState, self: int) -> int:
    return _session(self).changes


def open_unversioned(state: SqliteState, database: str) -> Answer[int]:
    def opened() -> int:
        session, number = state.open(database), next(state.numbers)
        state.numbered[number] = session
        return number

    return _answer(opened)


def execute_unversioned(
    state: SqliteState, conn: int, statement: str, parameters: Sequence[Case]
) -> Answer[QueryResult]:
    session = state.numbered.get(conn)
    if session is None:
        return Err(Case("invalid-connection"))
    return _answer(lambda: _execute(session, statement, parameters))


def close_unversioned(state: SqliteState, conn: int) -> None:
    """Without effect for a number that is no connection."""
    session = state.numbered.pop(conn, None)
    if session is not None:
        state.let_go(session)


def _session(rep: int) -> Session:
    return cast(Held, current().resources.borrow(rep)).session


def _execute(session: Session, statement: str, parameters: Sequence[Case]) -> QueryResult:
    values = [cast(Value, parameter.value) for parameter in parameters]
    return _lower(session.execute(statement, values))


def _lower(result: Result) -> QueryResult:
    return QueryResult(result.columns, [RowResult(_values(row)) for row in result.rows])


def _values(row: Row) -> list[Case]:
    return [_NULL if value is None else Case(_NAMES[type(value)], value) for value in row]


def _answer(call: Callable[[], T]) -> Answer[T]:
    try:
        return Ok(call())
    except AccessDenied:
        return Err(Case("access-denied"))
    except NoSuchDatabase:
        return Err(Case("no-such-database"))
    except SqliteFailed as e:
        return Err(Case("io", str(e)))
