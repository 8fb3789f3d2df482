"""The SQLite interfaces as a host declares them: names, versions and types, structure identical to Spin's."""

from __future__ import annotations

from typing import Final, NamedTuple

from spinfer.bindings.values import Case

SPIN_2: Final = "fermyon:spin/sqlite"
SPIN_3: Final = "spin:sqlite/sqlite"

_ERROR = "variant{no-such-database, access-denied, invalid-connection, database-full, io(string)}"
_VALUE = "variant{integer(s64), real(f64), text(string), blob(list<u8>), null}"
_ROWS = f"record{{columns: list<string>, rows: list<record{{values: list<{_VALUE}>}}>}}"
_STATEMENT = f"statement: string, parameters: list<{_VALUE}>"

OPEN: Final = f"func(database: string) -> result<own<connection>, {_ERROR}>"
EXECUTE: Final = f"func(self: borrow<connection>, {_STATEMENT}) -> result<{_ROWS}, {_ERROR}>"
LAST_INSERT_ROWID: Final = "func(self: borrow<connection>) -> s64"
CHANGES: Final = "func(self: borrow<connection>) -> u64"

OLD_OPEN: Final = f"func(database: string) -> result<u32, {_ERROR}>"
OLD_EXECUTE: Final = f"func(conn: u32, {_STATEMENT}) -> result<{_ROWS}, {_ERROR}>"
OLD_CLOSE: Final = "func(conn: u32)"


class RowResult(NamedTuple):
    values: list[Case]


class QueryResult(NamedTuple):
    columns: tuple[str, ...]
    rows: list[RowResult]
