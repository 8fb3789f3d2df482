"""A guest's connection: one statement at a time, within its time, its result within its size.

Guest thread, but for the cancellation, which may interrupt a statement from any thread.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from spinfer.errors import Cancelled, SpinferError
from spinfer.factors.sqlite import guard
from spinfer.factors.sqlite.database import Database
from spinfer.inference.cancellation import Cancellation

MAX_RESULT_BYTES: Final = 128 << 20
VALUE_BYTES: Final = 32
"""What a value takes beside its text or its bytes."""

_STEPS: Final = 20_000
"""Instructions of SQLite's machine between two looks at the clock: a millisecond or so."""
_LONGEST_NAP_S: Final = 0.02

Value = None | int | float | str | bytes
Row = tuple[Value, ...]

log = logging.getLogger(__name__)


class SqliteFailed(SpinferError):
    """A statement that gave nothing: lower it to `io`, with its text."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave; `columns` without a name where it gives none."""

    columns: tuple[str, ...]
    rows: list[Row]


class Session:
    """One connection of one guest instance; close it."""

    def __init__(self, database: Database, cancellation: Cancellation, timeout_s: float) -> None:
        """Raises SqliteFailed."""
        self._database = database
        self._cancellation = cancellation
        self._timeout_s = timeout_s
        self._due = 0.0
        self._vacuuming = False
        self._columns: tuple[str, ...] | None = None
        try:
            self._connection = database.connect()
        except apsw.Error as e:
            raise SqliteFailed(str(e)) from e
        self._connection.authorizer = guard.authorizer(lambda: self._vacuuming)
        self._connection.exec_trace = self._begin
        self._connection.limit(apsw.SQLITE_LIMIT_LENGTH, MAX_RESULT_BYTES)
        self._connection.set_progress_handler(self._must_stop, _STEPS)
        self._connection.set_busy_handler(self._wait)

    def execute(self, statement: str, parameters: Sequence[Value]) -> Result:
        """Run the first statement of the text. Raises SqliteFailed, or Cancelled when the caller leaves."""
        self._due = time.monotonic() + self._timeout_s
        self._vacuuming = guard.is_vacuum(statement)
        self._columns = None
        rows: list[Row] = []
        try:
            with self._cancellation.listening(self._connection.interrupt):
                self._fetch(statement, parameters, rows)
        except apsw.ExecTraceAbort:
            log.warning(
                "the database `%s`: of several statements in one call only the first is run: %.80s",
                self._database.label,
                statement,
            )
        except (apsw.Error, UnicodeDecodeError) as e:
            raise self._failed(e) from e
        return Result(self._columns or (), rows)

    @property
    def last_insert_rowid(self) -> int:
        return self._connection.last_insert_rowid()

    @property
    def changes(self) -> int:
        return self._connection.changes()

    def close(self) -> None:
        """A transaction that is open is undone."""
        self._connection.close(True)

    def _fetch(self, statement: str, parameters: Sequence[Value], rows: list[Row]) -> None:
        room = MAX_RESULT_BYTES
        for row in self._connection.execute(statement, parameters):
            room -= _size(row)
            if room < 0:
                raise SqliteFailed(f"query result exceeds limit of {MAX_RESULT_BYTES} bytes")
            rows.append(row)

    def _begin(self, cursor: apsw.Cursor, statement: str, _parameters: object) -> bool:
        """Before each statement: whether to run it. Its columns cannot be asked for once it has ended."""
        if self._columns is not None:
            return guard.is_nothing(statement)
        self._columns = tuple(name for name, *_ in cursor.get_description())
        return True

    def _must_stop(self) -> bool:
        return self._cancellation.cancelled or time.monotonic() > self._due

    def _wait(self, attempts: int) -> bool:
        """Somebody else is writing: whether to try again, after a nap."""
        if self._must_stop():
            return False
        time.sleep(min(0.001 * (attempts + 1), _LONGEST_NAP_S))
        return True

    def _failed(self, error: apsw.Error | UnicodeDecodeError) -> SpinferError:
        if self._cancellation.cancelled:
            return Cancelled("the caller has left")
        match error:
            case apsw.InterruptError():
                return SqliteFailed(f"the statement took longer than {self._timeout_s:g} s")
            case apsw.AuthError():
                return SqliteFailed("not authorized: the host allows no other files, extensions or settings")
            case UnicodeDecodeError():
                return SqliteFailed("a text in the result is not UTF-8")
            case _:
                return SqliteFailed(str(error))


def _size(row: Row) -> int:
    size = VALUE_BYTES * (len(row) + 1)
    for value in row:
        if isinstance(value, str):
            size += len(value) if value.isascii() else len(value.encode())
        elif isinstance(value, bytes):
            size += len(value)
    return size
