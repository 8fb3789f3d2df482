"""Which files matter to an app, and what a change of them asks for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spinfer.building import watched
from spinfer.building.watched import Difference
from spinfer.manifest import load
from spinfer.manifest.model import Manifest

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[component.one]
source = "one.wasm"
files = ["static/*.css", { source = "pages", destination = "/" }]
build = { command = "make", workdir = "one", watch = ["src/**/*.c", "Makefile"] }
[component.two]
source = "two.wasm"
build = { command = "make", watch = ["two"] }
"""
FILES = (
    "one.wasm",
    "two.wasm",
    "static/a.css",
    "pages/x/index.html",
    "one/src/a/b.c",
    "one/Makefile",
    "two/z.py",
)


@pytest.fixture
def app(tmp_path: Path) -> Manifest:
    for name in (*FILES, "one/src/a/b.o", "other", "static/a.js", "spinfer.toml"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        os.utime(file, (1, 1))
    (tmp_path / "spin.toml").write_text(MANIFEST)
    return load.load(tmp_path)


def changed(app: Manifest, name: str) -> Difference:
    before = watched.snapshot(app, [app.folder / "spinfer.toml"])
    file = app.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("changed")
    return watched.difference(before, watched.snapshot(app, [app.folder / "spinfer.toml"]))


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("one/src/a/b.c", Difference(("one",), False)),
        ("one/src/new.c", Difference(("one",), False)),
        ("one/Makefile", Difference(("one",), False)),
        ("two/z.py", Difference(("two",), False)),
        ("one.wasm", Difference((), True)),
        ("static/a.css", Difference((), True)),
        ("static/new.css", Difference((), True)),
        ("pages/x/index.html", Difference((), True)),
        ("spin.toml", Difference((), True)),
        ("spinfer.toml", Difference((), True)),
        ("one/src/a/b.o", Difference((), False)),
        ("static/a.js", Difference((), False)),
        ("other", Difference((), False)),
    ],
)
def test_a_change(app: Manifest, name: str, needed: Difference) -> None:
    assert changed(app, name) == needed
    assert bool(needed) == (name not in ("one/src/a/b.o", "static/a.js", "other"))


def test_a_file_that_is_gone(app: Manifest) -> None:
    before = watched.snapshot(app)
    (app.folder / "one" / "src" / "a" / "b.c").unlink()
    (app.folder / "two.wasm").unlink()
    assert watched.difference(before, watched.snapshot(app)) == Difference(("one",), True)


def test_a_component_made_among_its_sources(app: Manifest, tmp_path: Path) -> None:
    (tmp_path / "spin.toml").write_text(MANIFEST.replace('"two.wasm"', '"two/two.wasm"'))
    assert changed(load.load(tmp_path), "two/two.wasm") == Difference((), True)


def test_where_to_look(app: Manifest) -> None:
    names = {folder.relative_to(app.folder).as_posix() for folder in watched.folders(app)[0]}
    assert names == {".", "static", "pages", "one", "one/src", "two"}
    assert watched.folders(app)[1]
    flat = load.loads(
        'spin_manifest_version = 2\napplication.name = "a"\n[component.a]\nsource = "one/a.wasm"\n'
        'build = { command = "make", watch = ["*.py", "Makefile"] }\n',
        app.path,
    )
    assert watched.folders(flat) == (frozenset({app.folder, app.folder / "one"}), False)
