"""Key-value stores in an SQLite file, which Spin reads and writes too: its table, its columns.

The file is in WAL mode: whoever reads never waits, and writers wait for each other. Within the process they
queue for one connection; between processes SQLite's own locks hold, so several hosts may share a file. What
was written is in the hands of the operating system when a call returns, and outlives the process however that
ends; a machine that loses power may lose the last writes, never the file.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from spinfer.errors import ConfigError
from spinfer.factors.key_value.store import StoreFailed, counted, decode_count, encode_count
from spinfer.factors.sqlite.opening import opened

BUSY_S: Final = 5.0
"""How long a call waits for its turn to write."""

_TABLE = (
    "CREATE TABLE IF NOT EXISTS spin_key_value (store TEXT NOT NULL, key TEXT NOT NULL, "
    "value BLOB NOT NULL, PRIMARY KEY (store, key))"
)
_GET = "SELECT CAST(value AS BLOB) FROM spin_key_value WHERE store = ? AND key = ?"
_EXISTS = "SELECT 1 FROM spin_key_value WHERE store = ? AND key = ?"
_KEYS = "SELECT key FROM spin_key_value WHERE store = ?"
_SET = (
    "INSERT INTO spin_key_value (store, key, value) VALUES (?, ?, ?) "
    "ON CONFLICT (store, key) DO UPDATE SET value = excluded.value"
)
_ADD = "INSERT INTO spin_key_value (store, key, value) VALUES (?, ?, ?) ON CONFLICT (store, key) DO NOTHING"
_REPLACE = "UPDATE spin_key_value SET value = ? WHERE store = ? AND key = ? AND CAST(value AS BLOB) = ?"
_DELETE = "DELETE FROM spin_key_value WHERE store = ? AND key = ?"

log = logging.getLogger(__name__)


class SqliteFile:
    """One file with the stores of any number of labels. Any thread."""

    def __init__(self, path: Path) -> None:
        """Opens the file, and makes it where there is none. Raises ConfigError."""
        self.path = path
        self._readers: deque[apsw.Connection] = deque()
        self._lock = threading.Lock()
        self._told: set[type[apsw.Error]] = set()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _opened(path)
        except (OSError, apsw.Error) as e:
            raise ConfigError(
                f"the key-value store {path} cannot be opened: {e}",
                cure="Name a file that can be written, or choose another folder with --state-dir.",
            ) from e

    def store(self, label: str) -> SqliteStore:
        return SqliteStore(self, label)

    def read(self, statement: str, values: Sequence[str]) -> list[tuple[apsw.SQLiteValue, ...]]:
        """The rows of one statement, in a connection that nobody else has. Raises StoreFailed."""
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = None
        try:
            if connection is None:
                connection = _connected(self.path)
            return connection.execute(statement, values).fetchall()
        except apsw.Error as e:
            raise self._failed(e) from e
        finally:
            if connection is not None:
                self._readers.append(connection)

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """The one connection that writes; each statement is a transaction. Raises StoreFailed."""
        if not self._lock.acquire(timeout=BUSY_S):
            raise StoreFailed(f"the store is busy: {BUSY_S:g} s passed without a turn to write")
        try:
            yield self._writer
        except apsw.Error as e:
            raise self._failed(e) from e
        finally:
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """As `writing`, and the whole block is kept or nothing of it."""
        with self.writing() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """No call may be under way."""
        for connection in (*self._readers, self._writer):
            connection.close()
        self._readers.clear()

    def _failed(self, error: apsw.Error) -> StoreFailed:
        """For the guest; the operator hears once of each kind, however often a guest asks."""
        if type(error) not in self._told:
            self._told.add(type(error))
            log.warning("the key-value store %s: %s (%s)", self.path, error, type(error).__name__)
        match error:
            case apsw.BusyError():
                return StoreFailed(f"the store is busy: others have been writing for {BUSY_S:g} s")
            case apsw.FullError():
                return StoreFailed("the disk is full")
            case _:
                return StoreFailed(str(error))


class SqliteStore:
    """One label's keys and values; a `Store`."""

    def __init__(self, file: SqliteFile, label: str) -> None:
        self._file = file
        self._label = label

    def __repr__(self) -> str:
        return f"<SqliteStore `{self._label}` in {self._file.path}>"

    def get(self, key: str) -> bytes | None:
        rows = self._file.read(_GET, (self._label, key))
        return _blob(rows[0][0]) if rows else None

    def set(self, key: str, value: bytes) -> None:
        with self._file.writing() as connection:
            connection.execute(_SET, (self._label, key, value))

    def delete(self, key: str) -> None:
        with self._file.writing() as connection:
            connection.execute(_DELETE, (self._label, key))

    def exists(self, key: str) -> bool:
        return bool(self._file.read(_EXISTS, (self._label, key)))

    def keys(self) -> list[str]:
        return [str(key) for (key,) in self._file.read(_KEYS, (self._label,))]

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self.get(key) for key in keys]

    def set_many(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        with self._file.transaction() as connection:
            connection.executemany(_SET, [(self._label, key, value) for key, value in pairs])

    def delete_many(self, keys: Sequence[str]) -> None:
        with self._file.transaction() as connection:
            connection.executemany(_DELETE, [(self._label, key) for key in keys])

    def increment(self, key: str, delta: int) -> int:
        with self._file.transaction() as connection:
            rows = connection.execute(_GET, (self._label, key)).fetchall()
            count = counted(decode_count(_blob(rows[0][0]) if rows else None) + delta)
            connection.execute(_SET, (self._label, key, encode_count(count)))
            return count

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        with self._file.writing() as connection:
            if expected is None:
                connection.execute(_ADD, (self._label, key, value))
            else:
                connection.execute(_REPLACE, (value, self._label, key, expected))
            return connection.changes() == 1


def _blob(value: apsw.SQLiteValue) -> bytes:
    assert isinstance(value, bytes), "the statement casts it"
    return value


def _connected(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(int(BUSY_S * 1000))
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _opened(path: Path) -> apsw.Connection:
    """The connection that writes."""

    def prepare(connection: apsw.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(_TABLE)

    return opened(lambda: _connected(path), prepare, BUSY_S)
