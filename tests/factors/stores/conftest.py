"""A guest that runs the Python a test hands it, over key-value stores and SQLite databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from guests import BUILT, ROOT, app, component
from spinfer.errors import GuestTrap
from spinfer.factors.key_value.factor import KeyValueFactor
from spinfer.factors.key_value.memory_store import MemoryStore
from spinfer.factors.key_value.sqlite_store import SqliteFile
from spinfer.factors.sqlite.database import Database
from spinfer.factors.sqlite.factor import SqliteFactor
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants
from spinfer.factors.wasi.stdio import Sink
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile, Entry

RUN = Entry("wasi:cli/run", "run", "func() -> result")

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
    compile_ = CompileCache(compiler, ROOT / BUILT.parent / "compiled").compile

    def run(
        source: str,
        component: str = "rich",
        *,
        timeout_s: float = 30.0,
        cancellation: Cancellation | None = None,
        deadline_s: float | None = None,
    ) -> Any:
        out, err = bytearray(), bytearray()
        grants = Grants(
            arguments=("probe", dedent(source)),
            stdout=lambda: Sink(out.extend, lambda: None),
            stderr=lambda: Sink(err.extend, lambda: None),
        )
        factors = [
            WasiIoFactor(),
            WasiFactor({component: grants}),
            KeyValueFactor(stores, labels),
            SqliteFactor(databases, labels, timeout_s),
        ]
        executor = Executor(compiler, factors, compile_=compile_, limits=Limits(deadline_s=deadline_s))
        executor.load([ComponentFile(component, probe)], [RUN])
        with executor.instantiate(component, cancellation=cancellation) as instance:
            try:
                instance.call()
            except GuestTrap as trap:
                trap.add_note(err.decode())
                raise
        return json.loads(out)

    return run
