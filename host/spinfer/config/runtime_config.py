"""runtime-config.toml: what an app is given on this machine, as opposed to what it asks for in spin.toml.

The format is Spin's. Relative paths start in the folder of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from spinfer.config.stores import DEFAULT, KeyValueFile, KeyValueStore, SqliteDatabase, SqliteFile
from spinfer.documents import toml
from spinfer.documents.problems import problems
from spinfer.documents.table import Table
from spinfer.errors import ConfigError

KEY_VALUE_FILE = "sqlite_key_value.db"
SQLITE_FILE = "sqlite_db.db"


class RuntimeConfig(Table):
    """The whole file; without one, nothing is configured."""

    key_value_store: Mapping[str, KeyValueStore] = Field(
        default_factory=dict, examples=['[key_value_store.cache] with `type = "spin"`']
    )
    sqlite_database: Mapping[str, SqliteDatabase] = Field(
        default_factory=dict, examples=['[sqlite_database.vectors] with `type = "spin"`']
    )

    def key_value_stores(self, state: Path | None) -> Mapping[str, KeyValueStore]:
        """By label, `default` included; `state` is the state folder, None: nothing is kept."""
        file = None if state is None else state / KEY_VALUE_FILE
        return {DEFAULT: KeyValueFile(path=file), **self.key_value_store}

    def sqlite_databases(self, state: Path | None) -> Mapping[str, SqliteDatabase]:
        """By label, `default` included; `state` is the state folder, None: nothing is kept."""
        file = None if state is None else state / SQLITE_FILE
        return {DEFAULT: SqliteFile(path=file), **self.sqlite_database}

    def resolved(self, folder: Path) -> RuntimeConfig:
        """The same, every path absolute."""
        return self.model_copy(
            update={
                "key_value_store": {n: s.resolved(folder) for n, s in self.key_value_store.items()},
                "sqlite_database": {n: d.resolved(folder) for n, d in self.sqlite_database.items()},
            }
        )


def load(file: Path) -> RuntimeConfig:
    """The configuration in a file, paths absolute. Raises ConfigError, listing every mistake."""
    path = file.absolute()
    try:
        raw = toml.read(path, ConfigError)
    except FileNotFoundError as e:
        raise ConfigError("there is no such file", where=str(file)) from e
    try:
        config = RuntimeConfig.model_validate(raw)
    except ValidationError as e:
        raise ConfigError.listing(problems(e, RuntimeConfig, path.name)) from e
    return config.resolved(path.parent)
