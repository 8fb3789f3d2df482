"""`[key_value_store.<label>]` and `[sqlite_database.<label>]` of runtime-config.toml: where data is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from spinfer.config.kinds import by_type
from spinfer.config.models import FilePath
from spinfer.config.secret import Secret
from spinfer.documents.table import Table

DEFAULT = "default"
"""The label that exists without being configured."""


class _File(Table):
    """A database on this machine."""

    type: Literal["spin"] = "spin"
    path: FilePath | None = Field(default=None, examples=['path = "data/cache.db"'])
    """The SQLite file, whose folder may not exist yet; None: in memory, gone with the host."""

    def resolved(self, folder: Path) -> Self:
        """The same, its path absolute: a relative one starts in `folder`, `~` is the user's home."""
        path = None if self.path is None else folder / self.path.expanduser()
        return self.model_copy(update={"path": path})


class KeyValueFile(_File):
    """A key-value store in an SQLite file, or in memory."""


class KeyValueRedis(Table):
    """A key-value store in a Redis server."""

    type: Literal["redis"] = "redis"
    url: Secret = Field(examples=['url = "redis://localhost:6379"'])

    def resolved(self, folder: Path) -> Self:
        """The same: it has no paths."""
        return self


class SqliteFile(_File):
    """An SQLite database in a file, or in memory."""


KeyValueStore = Annotated[
    KeyValueFile | KeyValueRedis,
    BeforeValidator(
        by_type(
            "key-value store",
            {"spin": KeyValueFile, "redis": KeyValueRedis},
            unsupported=("azure_cosmos", "aws_dynamo"),
        )
    ),
]
SqliteDatabase = Annotated[
    SqliteFile, BeforeValidator(by_type("SQLite database", {"spin": SqliteFile}, unsupported=("libsql",)))
]
