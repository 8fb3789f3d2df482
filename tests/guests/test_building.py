"""The build of test guests, with a shell command in the place of a compiler."""

import shutil

import pytest

from guests import app, component

MANIFEST = """\
[component.echo]
source = "echo.wasm"
build.command = "cat ../../wit/world.wit echo.py > echo.wasm && echo built >> {log}"
"""

LOCK = """{
  "name": "echo", "lockfileVersion": 3, "packages": {
    "": {"name": "echo", "dependencies": {"said": "file:said"}},
    "node_modules/said": {"resolved": "said", "link": true},
    "said": {"version": "1.0.0"}
  }
}"""
"""What npm writes for an app with one package, which is a folder of its own: it needs no network."""


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "wit").mkdir()
    (tmp_path / "wit" / "world.wit").write_text("world;")
    folder = tmp_path / "examples" / "echo"
    folder.mkdir(parents=True)
    (folder / "spin.toml").write_text(MANIFEST.format(log=tmp_path / "log"))
    (folder / "echo.py").write_text("one")
    yield tmp_path
    app.cache_clear()


def build(root):
    app.cache_clear()  # as if in another process
    return component(app(root / "examples" / "echo", root))


def builds(root):
    return (root / "log").read_text().count("built")


def test_builds_beside_a_copy_of_the_interfaces(tree):
    assert build(tree).read_text() == "world;one"
    assert not (tree / "examples" / "echo" / "echo.wasm").exists()


def test_builds_once_per_content(tree):
    first = build(tree)
    (tree / "examples" / "echo" / "README.md").write_text("not a source")
    (tree / "examples" / "echo" / "echo.wasm").write_text("left by a build by hand")
    assert build(tree) == first
    assert builds(tree) == 1


@pytest.mark.parametrize("source", ["examples/echo/echo.py", "wit/world.wit"])
def test_builds_again_when_a_source_changes(tree, source):
    first = build(tree)
    (tree / source).write_text("two")
    again = build(tree)
    assert again != first
    assert "two" in again.read_text()
    assert builds(tree) == 2


def test_a_failed_build_says_why_and_is_tried_again(tree):
    source = tree / "examples" / "echo" / "echo.py"
    source.unlink()
    for _ in range(2):
        with pytest.raises(RuntimeError, match=r"(?s)ended with 1 in .*echo\.py: No such file"):
            build(tree)
    source.write_text("three")
    assert build(tree).read_text() == "world;three"


def test_runs_every_step_of_a_build(tree):
    folder = tree / "examples" / "echo"
    steps = '["echo one > echo.wasm", "echo two >> echo.wasm"]'
    (folder / "spin.toml").write_text(f'[component.echo]\nsource = "echo.wasm"\nbuild.command = {steps}\n')
    assert build(tree).read_text() == "one\ntwo\n"


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is missing")
def test_lends_the_packages_of_a_lock_file_to_the_build(tree):
    folder = tree / "examples" / "echo"
    (folder / "said").mkdir()
    (folder / "said" / "package.json").write_text('{"name": "said", "version": "1.0.0"}')
    (folder / "said" / "word").write_text("hello")
    (folder / "package.json").write_text('{"name": "echo", "dependencies": {"said": "file:said"}}')
    (folder / "package-lock.json").write_text(LOCK)
    (folder / "spin.toml").write_text(
        '[component.echo]\nsource = "echo.wasm"\nbuild.command = "cat node_modules/said/word > echo.wasm"\n'
    )
    built = build(tree)
    assert built.read_text() == "hello"
    assert not (built.parent / "node_modules").exists()
    (folder / "echo.py").write_text("two")
    assert build(tree).parent != built.parent
    assert len([*(tree / "build" / "node").glob("*/node_modules")]) == 1
