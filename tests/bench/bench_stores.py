"""What key-value stores and SQLite cost through a guest.

    python tests/bench/bench_stores.py [--rounds N]

A guest of a few instructions asks in a loop, so that nearly all of the time is the host's;
beside that, wasmtime-py's own converter carries the same rows out of memory; and, for vectors, the same query
is asked from Python's `sqlite3`, this Python's or the system's, whichever can load the extension.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import sqlite_vec
from wasmtime import Engine, Store
from wasmtime import component as wasm

from spinfer.assembly.stores import AppStores
from spinfer.bindings import exports
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.imports import define
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import StoreSettings
from spinfer.factors.base import Guest
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest.component import Component

ROWS, VECTORS, DIMENSIONS, NEAREST = 10_000, 100_000, 384, 10
SELECT = "SELECT id, score, name, note FROM t"
SEARCH = f"SELECT rowid, distance FROM v WHERE embedding MATCH ? AND k = {NEAREST} ORDER BY distance"

KEY_VALUE = """
(component
  (import "fermyon:spin/key-value@2.0.0" (instance $kv
    (export "store" (type $store (sub resource)))
    (type $e (variant (case "store-table-full") (case "no-such-store") (case "access-denied")
      (case "other" string)))
    (export "error" (type $error (eq $e)))
    (export "[static]store.open" (func (param "label" string) (result (result (own $store) (error $error)))))
    (export "[method]store.get" (func (param "self" (borrow $store)) (param "key" string)
      (result (result (option (list u8)) (error $error)))))
    (export "[method]store.set" (func (param "self" (borrow $store)) (param "key" string)
      (param "value" (list u8)) (result (result (error $error)))))))
  (core module $Memory
    (memory (export "memory") 4)
    (data (i32.const 0) "default")
    (data (i32.const 16) "a-key-of-usual-length")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
  (core instance $m (instantiate $Memory))
  (core func $open (canon lower (func $kv "[static]store.open") (memory (core memory $m "memory"))
    (realloc (core func $m "realloc"))))
  (core func $get (canon lower (func $kv "[method]store.get") (memory (core memory $m "memory"))
    (realloc (core func $m "realloc"))))
  (core func $set (canon lower (func $kv "[method]store.set") (memory (core memory $m "memory"))
    (realloc (core func $m "realloc"))))
  (core module $Program
    (import "host" "open" (func $open (param i32 i32 i32)))
    (import "host" "get" (func $get (param i32 i32 i32 i32)))
    (import "host" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
    (import "host" "memory" (memory 1))
    (global $store (mut i32) (i32.const -1))
    (func $opened (result i32)
      (if (i32.eq (global.get $store) (i32.const -1)) (then
        (call $open (i32.const 0) (i32.const 7) (i32.const 256))
        (if (i32.load8_u (i32.const 256)) (then unreachable))
        (global.set $store (i32.load (i32.const 260)))))
      (global.get $store))
    (func (export "get") (param $n i32)
      (loop $again
        (call $get (call $opened) (i32.const 16) (i32.const 21) (i32.const 256))
        (if (i32.load8_u (i32.const 256)) (then unreachable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "set") (param $n i32)
      (loop $again
        (call $set (call $opened) (i32.const 16) (i32.const 21) (i32.const 1024) (i32.const 100)
          (i32.const 256))
        (if (i32.load8_u (i32.const 256)) (then unreachable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
  (core instance $p (instantiate $Program (with "host" (instance (export "open" (func $open))
    (export "get" (func $get)) (export "set" (func $set)) (export "memory" (memory $m "memory"))))))
  (func (export "get") (param "n" u32) (canon lift (core func $p "get")))
  (func (export "set") (param "n" u32) (canon lift (core func $p "set"))))"""

VALUE = """(variant (case "integer" s64) (case "real" f64) (case "text" string) (case "blob" (list u8))
      (case "null"))"""


def sqlite_guest(statement: str, blob_bytes: int) -> str:
    """A guest that runs the statement; a blob of that size, where there is one, is what it asks with."""
    return f"""
(component
  (import "fermyon:spin/sqlite@2.0.0" (instance $db
    (export "connection" (type $connection (sub resource)))
    (type $e (variant (case "no-such-database") (case "access-denied") (case "invalid-connection")
      (case "database-full") (case "io" string)))
    (export "error" (type $error (eq $e)))
    (type $v {VALUE}) (export "value" (type $value (eq $v)))
    (type $r (record (field "values" (list $value)))) (export "row-result" (type $row (eq $r)))
    (type $q (record (field "columns" (list string)) (field "rows" (list $row))))
    (export "query-result" (type $rows (eq $q)))
    (export "[static]connection.open" (func (param "database" string)
      (result (result (own $connection) (error $error)))))
    (export "[method]connection.execute" (func (param "self" (borrow $connection))
      (param "statement" string) (param "parameters" (list $value)) (result (result $rows (error $error)))))))
  (core module $Memory
    (memory (export "memory") 256)
    (global $free (mut i32) (i32.const 65536))
    (data (i32.const 0) "default")
    (data (i32.const 16) "{statement}")
    (func (export "reset") (global.set $free (i32.const 65536)))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $m (instantiate $Memory))
  (core func $open (canon lower (func $db "[static]connection.open") (memory (core memory $m "memory"))
    (realloc (core func $m "realloc"))))
  (core func $execute (canon lower (func $db "[method]connection.execute")
    (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
  (core module $Program
    (import "host" "open" (func $open (param i32 i32 i32)))
    (import "host" "execute" (func $execute (param i32 i32 i32 i32 i32 i32)))
    (import "host" "reset" (func $reset))
    (import "host" "memory" (memory 1))
    (global $connection (mut i32) (i32.const -1))
    (func (export "run") (param $n i32) (result i32)
      (if (i32.eq (global.get $connection) (i32.const -1)) (then
        (call $open (i32.const 0) (i32.const 7) (i32.const 1024))
        (if (i32.load8_u (i32.const 1024)) (then unreachable))
        (global.set $connection (i32.load (i32.const 1028)))))
      (i32.store8 (i32.const 2048) (i32.const 3))
      (i32.store (i32.const 2056) (i32.const 4096))
      (i32.store (i32.const 2060) (i32.const {blob_bytes}))
      (loop $again
        (call $reset)
        (call $execute (global.get $connection) (i32.const 16) (i32.const {len(statement)})
          (i32.const 2048) (i32.const {int(blob_bytes > 0)}) (i32.const 1024))
        (if (i32.load8_u (i32.const 1024)) (then unreachable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (i32.load (i32.const 1040))))
  (core instance $p (instantiate $Program (with "host" (instance (export "open" (func $open))
    (export "execute" (func $execute)) (export "reset" (func $m "reset"))
    (export "memory" (memory $m "memory"))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $p "run"))))"""


Run = Callable[[str, int], Any]


@contextmanager
def hosting(engine: Engine, stores: AppStores, text: str) -> Iterator[Run]:
    """`run(export, calls)` of a guest with all of the stores' factors behind it."""
    granted = Component.model_validate(
        {"source": "x.wasm", "key_value_stores": ["default"], "sqlite_databases": ["default"]}
    )
    factors = stores.factors({"bench": granted})
    component, linker = wasm.Component(engine, text), wasm.Linker(engine)
    define(linker, component, [interface for factor in factors for interface in factor.interfaces()])
    guest = Guest("bench", Cancellation())
    states = [factor.prepare(guest) for factor in factors]
    context = InstanceContext(
        {factor.name: state.__enter__() for factor, state in zip(factors, states, strict=True)}
    )
    store = Store(engine)
    instance = exports.instantiate(linker, store, component, context)
    try:
        yield lambda name, calls: exports.Export(engine, component, None, name).call(
            store, instance, context, calls
        )
    finally:
        context.close()
        for state in states:
            state.__exit__(None, None, None)


@contextmanager
def stock(engine: Engine, rows: list[tuple[Any, ...]]) -> Iterator[Run]:
    """The same rows from memory, by wasmtime-py's own converter: no SQLite, only what the crossing takes."""
    type_ = f"""
    (type $v {VALUE}) (export "value" (type $value (eq $v)))
    (type $r (record (field "values" (list $value)))) (export "row-result" (type $row (eq $r)))
    (export "rows" (func (result (list $row))))"""
    component = wasm.Component(
        engine,
        f"""(component (import "stock" (instance $s {type_}))
  (core module $Memory (memory (export "memory") 256) (global $free (mut i32) (i32.const 65536))
    (func (export "reset") (global.set $free (i32.const 65536)))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $free (i32.add (local.get $at) (local.get $size)))
      (local.get $at)))
  (core instance $m (instantiate $Memory))
  (core func $rows (canon lower (func $s "rows") (memory (core memory $m "memory"))
    (realloc (core func $m "realloc"))))
  (core module $Program (import "host" "rows" (func $rows (param i32))) (import "host" "reset" (func $reset))
    (import "host" "memory" (memory 1))
    (func (export "run") (param $n i32) (result i32)
      (call $reset) (call $rows (i32.const 1024)) (i32.load (i32.const 1028))))
  (core instance $p (instantiate $Program (with "host" (instance (export "rows" (func $rows))
    (export "reset" (func $m "reset")) (export "memory" (memory $m "memory"))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $p "run"))))""",
    )
    linker = wasm.Linker(engine)
    with linker.root() as root, root.add_instance("stock") as instance:
        instance.add_func("rows", lambda _store: [_stock_row(row) for row in rows])
    store, context = Store(engine), InstanceContext({})
    handle = exports.instantiate(linker, store, component, context)
    yield lambda name, calls: exports.Export(engine, component, None, name).call(
        store, handle, context, calls
    )


def _stock_row(row: tuple[Any, ...]) -> wasm.Record:
    """wasmtime-py tells these cases apart by their classes, and takes the values bare."""
    record = wasm.Record()
    record.values = list(row)
    return record


PLAIN = f"""
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.enable_load_extension(True)
connection.load_extension(sys.argv[2])
for line in sys.stdin:
    began = time.perf_counter()
    rows = connection.execute({SEARCH!r}, (bytes({DIMENSIONS * 4}),)).fetchall()
    assert len(rows) == {NEAREST}
    print(time.perf_counter() - began, flush=True)
"""


@contextmanager
def plain_sqlite(database: Path) -> Iterator[Callable[[], float]]:
    """Seconds of one search from another Python, whose own `sqlite3` can load the extension."""
    process = subprocess.Popen(
        [_python(), "-c", PLAIN, str(database), sqlite_vec.loadable_path()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None

    def search() -> float:
        process.stdin.write("go\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    with process:
        yield search
        process.stdin.close()


def _python() -> str:
    able = "import sqlite3; sqlite3.Connection.enable_load_extension"
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", able], capture_output=True, check=False).returncode == 0:
            return python
    sys.exit("no Python here has an sqlite3 module that loads extensions: install the system's python3")


def fill(stores: AppStores) -> list[tuple[Any, ...]]:
    """The tables to ask; what `SELECT` gives."""
    database = stores.database("default")
    connection = database.connect()
    rows = [
        (at, at * 0.5, f"name of number {at}", None if at % 3 else b"sixteen bytes ok") for at in range(ROWS)
    ]
    vectors = np.random.default_rng(1).standard_normal((VECTORS, DIMENSIONS), dtype="f4")
    with connection:
        connection.execute("CREATE TABLE t (id, score, name, note)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        connection.execute(f"CREATE VIRTUAL TABLE v USING vec0(embedding float[{DIMENSIONS}])")
        connection.executemany(
            "INSERT INTO v(rowid, embedding) VALUES (?, ?)",
            ((at, vector.tobytes()) for at, vector in enumerate(vectors)),
        )
    connection.close()
    return rows


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=7, help="interleaved runs; the median is reported")
    rounds = options.parse_args().rounds
    engine = Engine()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        stores = closing.enter_context(AppStores(RuntimeConfig(), Path(folder), StoreSettings()))
        rows = fill(stores)
        kv = closing.enter_context(hosting(engine, stores, KEY_VALUE))
        select = closing.enter_context(hosting(engine, stores, sqlite_guest(SELECT, 0)))
        search = closing.enter_context(hosting(engine, stores, sqlite_guest(SEARCH, DIMENSIONS * 4)))
        converter = closing.enter_context(stock(engine, rows))
        plain = closing.enter_context(plain_sqlite(Path(folder, "sqlite_db.db")))
        assert select("run", 1) == converter("run", 1) == ROWS
        assert search("run", 1) == NEAREST
        plain()
        report(kv, select, search, converter, plain, rounds)


def report(
    kv: Run, select: Run, search: Run, converter: Run, plain: Callable[[], float], rounds: int
) -> None:
    seconds: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        seconds.setdefault(name, []).append(value)

    for _ in range(rounds):
        note("set", timed(lambda: kv("set", 2000)) / 2000)
        note("get", timed(lambda: kv("get", 2000)) / 2000)
        note("select", timed(lambda: select("run", 1)))
        note("converter", timed(lambda: converter("run", 1)))
        for _ in range(5):
            note("search", timed(lambda: search("run", 1)))
            note("plain", plain())
    of = {name: statistics.median(values) for name, values in seconds.items()}
    print("| through a guest | median | against | goal |\n|---|---|---|---|")
    print(f"| key-value get | {of['get'] * 1e6:.1f} µs | | ≤ 60 µs |")
    print(f"| key-value set, 100 bytes | {of['set'] * 1e6:.1f} µs | | ≤ 60 µs |")
    print(
        f"| select {ROWS:,} rows of 4 values | {of['select'] * 1e3:.1f} ms | wasmtime-py's converter alone: "
        f"{of['converter'] * 1e3:.0f} ms, {of['converter'] / of['select']:.1f}× | ≥ 5× |"
    )
    print(
        f"| nearest {NEAREST} of {VECTORS:,} × {DIMENSIONS} | {of['search'] * 1e3:.1f} ms "
        f"| Python's sqlite3: {of['plain'] * 1e3:.1f} ms, {of['search'] / of['plain']:.2f}× | ≤ 1.15× |"
    )


if __name__ == "__main__":
    main()
