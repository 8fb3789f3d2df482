"""What worker processes have in common: the terminal, and what the operator limits."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from apps.hello import hello_app
from spinfer.assembly.http import HttpApp, HttpHost
from spinfer.assembly.workers import _shared_out
from spinfer.config.outbound import Connections, OutboundHttp
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.config.seeds import StoreSettings
from spinfer.manifest import load
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import target
from spinfer.triggers.http.listener import Address

LINES, LONG = 200, 16_000

PRINTING = f"""
import os, sys
from spinfer.assembly.workers import _Turns
from spinfer.cli.serving import show

turns = _Turns(show)
letter = b"a" if os.fork() else b"b"
for _ in range({LINES}):
    turns(letter * {LONG} + b"\\n")
if letter == b"a":
    os.wait()
"""


def test_no_line_is_torn_by_another_process() -> None:
    """A pipe takes at most 4 KiB in one piece."""
    done = subprocess.run([sys.executable, "-c", PRINTING], capture_output=True, check=True, timeout=60)
    lines = done.stderr.splitlines()
    assert sorted(lines) == [b"a" * LONG] * LINES + [b"b" * LONG] * LINES


def described(folder: Path) -> HttpApp:
    manifest = load.load(hello_app(folder))
    return HttpApp(manifest, target.of_manifest(manifest), Address("127.0.0.1", 0), {}, LogSettings(None))


def test_limits_are_of_all_workers_together(tmp_path: Path) -> None:
    config = RuntimeConfig(
        outbound_http=OutboundHttp(max_connections=9, max_concurrent_requests=8),
        outbound_pg=Connections(max_connections=7),
        outbound_redis=Connections(max_connections=1),
    )
    app = described(tmp_path)
    shared = _shared_out(replace(app, runtime=config), 2).runtime
    assert shared.outbound_http.limit == 4
    assert shared.outbound_pg.max_connections == 3
    assert shared.outbound_redis.max_connections == 1
    assert _shared_out(app, 2).runtime.outbound_pg.max_connections is None


def test_what_is_done_once_is_not_done_by_workers(tmp_path: Path) -> None:
    app = replace(
        described(tmp_path),
        logs=LogSettings(tmp_path, truncate=True),
        stores=StoreSettings(sqlite_timeout_s=3.0),
    )
    shared = _shared_out(app, 2)
    assert not shared.logs.truncate
    assert shared.stores.sqlite_timeout_s == 3.0
    assert not shared.stores.seeds.pairs


def test_workers_have_the_files_that_were_gathered(tmp_path: Path) -> None:
    """So that what one of them writes, where it may, is there for the others."""
    folder = hello_app(tmp_path)
    (folder / "page.txt").write_text("hello")
    with (folder / "spin.toml").open("a") as manifest:
        manifest.write('files = ["page.txt"]\n')
    loaded = load.load(folder)
    app = HttpApp(loaded, target.of_manifest(loaded), Address("127.0.0.1", 0), {}, LogSettings(None))
    with HttpHost(app, lambda *_: None, lambda _: None) as parent:
        parent.load()
        assert (parent.roots["hello"] / "page.txt").read_text() == "hello"
        with HttpHost(replace(app, roots=parent.roots), lambda *_: None, lambda _: None) as worker:
            worker.load()
            assert worker.roots == parent.roots
        assert (parent.roots["hello"] / "page.txt").exists()
    assert not parent.roots["hello"].exists()
