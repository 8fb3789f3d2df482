"""A guest that runs the Python a test hands it, over key-value stores and SQLite databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.probing import said
from guests import app, component
from spinfer.factors.key_value.factor import KeyValueFactor
from spinfer.factors.key_value.memory_store import MemoryStore
from spinfer.factors.key_value.sqlite_store import SqliteFile
from spinfer.factors.sqlite.database import Database
from spinfer.factors.sqlite.factor import SqliteFactor
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compiler import Compiler

Run = Callable[..., Any]


class Named(dict[str, Any]):
    """`Stores` and `Databases`, as a dictionary."""

    def labels(self) -> list[str]:
        return list(self)


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    with Compiler() as compiler:
        yield compiler


@pytest.fixture(scope="module")
def probe() -> Path:
    return component(app(Path(__file__).parent / "probe"))


@pytest.fixture
def key_value_file(tmp_path: Path) -> Iterator[SqliteFile]:
    file = SqliteFile(tmp_path / "state" / "sqlite_key_value.db")
    yield file
    file.close()


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[Named]:
    """`default` and `other` are files, `memory` is not."""
    found = Named(
        default=Database("default", tmp_path / "sqlite_db.db"),
        other=Database("other", tmp_path / "other.db"),
        memory=Database("memory", None),
    )
    yield found
    for database in found.values():
        database.close()


@pytest.fixture
def run(compiler: Compiler, probe: Path, key_value_file: SqliteFile, databases: Named) -> Run:
    """`run(source)`: what the guest put into `said`. It is `rich`, or by its `component`'s name `poor`."""
    stores = Named(
        default=key_value_file.store("default"), other=key_value_file.store("other"), memory=MemoryStore()
    )
    labels = {"rich": ("default", "memory"), "poor": ("other",)}

    def run(
        source: str,
        component: str = "rich",
        *,
        timeout_s: float = 30.0,
        cancellation: Cancellation | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        factors = (KeyValueFactor(stores, labels), SqliteFactor(databases, labels, timeout_s))
        return said(
            compiler,
            probe,
            source,
            factors,
            component=component,
            cancellation=cancellation,
            deadline_s=deadline_s,
        )

    return run
