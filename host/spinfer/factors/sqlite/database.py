"""One SQLite database of the operator's: a file in WAL mode, or memory that every connection shares."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path
from typing import Final

import apsw
import sqlite_vec

from spinfer.errors import ConfigError
from spinfer.factors.sqlite.opening import opened

OPENING_S: Final = 5.0
"""How long another process that opens the file may be in the way."""
_IN_MEMORY = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI

_numbers = itertools.count(1)


class Database:
    """Makes connections, with sqlite-vec's `vec0` tables and functions in each. Any thread."""

    def __init__(self, label: str, path: Path | None) -> None:
        """Opens it, and makes it where there is none. Raises ConfigError."""
        self.label = label
        self.path = path
        self._name = f"file:/spinfer-{next(_numbers)}?vfs=memdb"
        self._lock = threading.Lock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._first = self._opened()
        except (OSError, apsw.Error) as e:
            raise ConfigError(
                f"the SQLite database {self} cannot be opened: {e}",
                where=f"sqlite_database.{label}",
                cure="Name a file that can be written, or choose another folder with --state-dir.",
            ) from e

    def __str__(self) -> str:
        return "in memory" if self.path is None else str(self.path)

    def connect(self) -> apsw.Connection:
        """A new connection, whose owner closes it. Raises apsw.Error."""
        if self.path is None:
            connection = apsw.Connection(self._name, flags=_IN_MEMORY)
        else:
            connection = apsw.Connection(str(self.path))
        try:
            connection.enable_load_extension(True)
            connection.load_extension(sqlite_vec.loadable_path())
            connection.enable_load_extension(False)
            connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def run(self, script: str, where: str) -> None:
        """The operator's own statements, any number; `where` they come from. Raises ConfigError."""
        with self._lock:
            try:
                self._first.execute(script).fetchall()
            except apsw.Error as e:
                if self._first.in_transaction:
                    self._first.execute("ROLLBACK")
                raise ConfigError(
                    f"the database `{self.label}` refuses a statement: {e}",
                    where=where,
                    cure="Mend the SQL, or remove it.",
                ) from e

    def close(self) -> None:
        """What is in memory is gone when the last connection is closed."""
        self._first.close()

    def _opened(self) -> apsw.Connection:
        """A connection that stays."""

        def prepare(connection: apsw.Connection) -> None:
            connection.set_busy_timeout(int(OPENING_S * 1000))
            if self.path is not None:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("SELECT 1 FROM sqlite_schema").fetchall()  # the log stays open with it

        return opened(self.connect, prepare, OPENING_S)
