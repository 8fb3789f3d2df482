"""What is run to build an app, and how a build that fails ends; with commands of a real shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinfer.building import running
from spinfer.building.steps import Step, steps
from spinfer.errors import ConfigError, ManifestError
from spinfer.manifest import load
from spinfer.manifest.model import Manifest

HEAD = 'spin_manifest_version = 2\napplication.name = "app"\n'
APP = """
[component.zebra]
source = "zebra.wasm"
build = { command = ["echo one > zebra.wasm", "echo two >> zebra.wasm"], workdir = "src" }
[component.apple]
source = "apple.wasm"
build.command = "pwd > apple.wasm"
[component.plain]
source = "plain.wasm"
"""


def manifest(components: str, folder: Path = Path("/app")) -> Manifest:
    return load.loads(HEAD + components, folder / "spin.toml")


def test_in_the_order_of_the_manifest() -> None:
    assert steps(manifest(APP)) == (
        Step("zebra", "echo one > zebra.wasm", Path("/app/src")),
        Step("zebra", "echo two >> zebra.wasm", Path("/app/src")),
        Step("apple", "pwd > apple.wasm", Path("/app")),
    )


def test_chosen_components() -> None:
    assert [step.component for step in steps(manifest(APP), ["apple", "plain"])] == ["apple"]


def test_an_unknown_component() -> None:
    with pytest.raises(ConfigError, match=r"(?s)no component `x` in spin.toml.*`apple`, `plain`, `zebra`"):
        steps(manifest(APP), ["x"])


def test_a_workdir_that_is_absolute() -> None:
    with pytest.raises(
        ManifestError, match=r"spin.toml: component.apple.build.workdir: `/tmp` is an absolute"
    ):
        steps(manifest(APP.replace('"pwd > apple.wasm"', '"true"\nbuild.workdir = "/tmp"')))


def test_every_step_runs_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    said: list[str] = []
    assert running.build(steps(manifest(APP, tmp_path)), said.append) == 0
    assert (tmp_path / "src" / "zebra.wasm").read_text() == "one\ntwo\n"
    assert (tmp_path / "apple.wasm").read_text() == f"{tmp_path}\n"
    assert said[0] == "Building component zebra with `echo one > zebra.wasm`"


@pytest.mark.parametrize(("command", "code"), [("exit 7", 7), ("kill -TERM $$", 143), ("false | false", 1)])
def test_the_first_failure_ends_it(tmp_path: Path, command: str, code: int) -> None:
    said: list[str] = []
    failing = [Step("a", command, tmp_path), Step("b", "touch b", tmp_path)]
    assert running.build(failing, said.append) == code
    assert not (tmp_path / "b").exists()
    assert said[-1] == f"Building component a failed: `{command}` ended with {code}"


def test_a_tool_that_is_missing_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    assert running.build([Step("a", "X=1 no-such-tool -o a.wasm", tmp_path)], said.append) == 127
    assert said[-1].startswith("  `no-such-tool` is not on the PATH: install it, or activate")
    assert "not found" in capfd.readouterr().err


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"component.a.build.workdir"):
        running.build([Step("a", "true", tmp_path / "none")], print)


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("make app", "make"),
        ("A=b npm run build", "npm"),
        ("./build.sh", None),
        ("(cd a; b)", None),
        ("'", None),
    ],
)
def test_the_program_of_a_command(command: str, program: str | None) -> None:
    assert running.tool(command) == program
