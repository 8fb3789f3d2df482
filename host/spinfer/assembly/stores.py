"""The key-value stores and SQLite databases that an app may be granted: opened when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import KEY_VALUE, Script, StoreSettings
from spinfer.config.stores import DEFAULT, KeyValueFile, KeyValueRedis, KeyValueStore, SqliteDatabase
from spinfer.errors import ConfigError
from spinfer.factors.base import Factor
from spinfer.factors.key_value.factor import KeyValueFactor
from spinfer.factors.key_value.memory_store import MemoryStore
from spinfer.factors.key_value.sqlite_store import SqliteFile
from spinfer.factors.key_value.store import Store, StoreFailed
from spinfer.factors.sqlite.database import Database
from spinfer.factors.sqlite.factor import TIMEOUT_S, SqliteFactor
from spinfer.manifest.component import Component

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things by label, each made when it is first asked for. Any thread."""

    def __init__(self, makers: Mapping[str, Callable[[], T]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, T] = {}
        self._lock = threading.Lock()

    def get(self, label: str) -> T | None:
        """None for a label that nobody defined. Raises what making it raises."""
        made = self._made.get(label)
        if made is not None or label not in self._makers:
            return made
        with self._lock:
            if label not in self._made:
                self._made[label] = self._makers[label]()
            return self._made[label]

    def labels(self) -> Collection[str]:
        return self._makers.keys()


class AppStores:
    """All of one app, in a `with` block: leaving it closes what was opened."""

    def __init__(self, config: RuntimeConfig, state: Path | None, settings: StoreSettings) -> None:
        """`state` is the state folder; None: nothing is kept."""
        self._settings = settings
        self._closing = ExitStack()
        self._files: dict[Path, SqliteFile] = {}
        self._key_value: Shelf[Store] = Shelf(
            {label: partial(self._store, label, it) for label, it in config.key_value_stores(state).items()}
        )
        self._sqlite: Shelf[Database] = Shelf(
            {
                label: partial(self._database, label, it)
                for label, it in config.sqlite_databases(state).items()
            }
        )

    def factors(self, components: Mapping[str, Component]) -> tuple[Factor, ...]:
        """What serves them to components, each with the labels that its part of the manifest grants."""
        return (
            KeyValueFactor(self._key_value, {id: it.key_value_stores for id, it in components.items()}),
            SqliteFactor(
                self._sqlite,
                {id: it.sqlite_databases for id, it in components.items()},
                self._settings.sqlite_timeout_s or TIMEOUT_S,
            ),
        )

    def key_value(self, label: str) -> Store | None:
        """The key-value store of that label, for the host's own use. Raises ConfigError."""
        return self._key_value.get(label)

    def database(self, label: str) -> Database | None:
        """The SQLite database of that label, for the host's own use. Raises ConfigError."""
        return self._sqlite.get(label)

    def seed(self) -> None:
        """Put in what the operator asked for. Raises ConfigError."""
        seeds = self._settings.seeds
        if seeds.pairs:
            self._fill(seeds.pairs)
        for script in seeds.scripts:
            self._run(script)

    def _fill(self, pairs: Iterable[tuple[str, str]]) -> None:
        store = self._key_value.get(DEFAULT)
        assert store is not None, "the default store is always defined"
        try:
            store.set_many([(key, value.encode()) for key, value in pairs])
        except StoreFailed as e:
            raise ConfigError(f"the default key-value store took nothing: {e}", where=KEY_VALUE) from e

    def _run(self, script: Script) -> None:
        database = self.database(script.label)
        if database is None:
            known = ", ".join(f"`{label}`" for label in sorted(self._sqlite.labels()))
            raise ConfigError(
                f"there is no database `{script.label}`", where=script.where, cure=f"There are {known}."
            )
        database.run(script.statements, script.where)

    def _store(self, label: str, config: KeyValueStore) -> Store:
        match config:
            case KeyValueFile(path=path):
                return MemoryStore() if path is None else self._file(path).store(label)
            case KeyValueRedis(url=url):
                return self._redis(label, url.get_secret_value())

    def _file(self, path: Path) -> SqliteFile:
        """Labels in one file share it."""
        if path not in self._files:
            self._files[path] = SqliteFile(path)
            self._closing.callback(self._files[path].close)
        return self._files[path]

    def _redis(self, label: str, url: str) -> Store:
        from spinfer.factors.key_value.redis_store import RedisStore  # noqa: PLC0415 - slow to import, rarely needed

        store = RedisStore(label, url)
        self._closing.callback(store.close)
        return store

    def _database(self, label: str, config: SqliteDatabase) -> Database:
        database = Database(label, config.path)
        self._closing.callback(database.close)
        return database

    def __enter__(self) -> AppStores:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
