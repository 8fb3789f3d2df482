"""`spinfer build` and `spinfer up --build` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.conftest import Spinfer
from apps.serving import running
from fakes import wat_http

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[[trigger.http]]
route = "/hello"
component = "hello"
[component.hello]
source = "hello.wat"
build.command = ["echo compiling; echo careful >&2", "cp source hello.wat"]
[[trigger.http]]
route = "/other"
component = "other"
[component.other]
source = "hello.wat"
build.command = "exit 9"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text(MANIFEST)
    (folder / "source").write_bytes(wat_http.saying(b"Built"))
    return folder


def test_output_is_passed_through(spinfer: Spinfer, app: Path) -> None:
    done = spinfer("build", "-c", "hello", "-f", app)
    assert (done.code, done.out) == (0, "compiling\n")
    assert done.err.splitlines() == [
        "Building component hello with `echo compiling; echo careful >&2`",
        "careful",
        "Building component hello with `cp source hello.wat`",
        "Built hello",
    ]
    assert spinfer("build", "-q", "-c", "hello", folder=app).err == "careful\n"


def test_the_exit_code_is_the_command_s(spinfer: Spinfer, app: Path) -> None:
    done = spinfer("build", folder=app)
    assert done.code == 9
    assert done.err.endswith("Building component other failed: `exit 9` ended with 9\n")
    assert spinfer("up", "--build", "--listen", "127.0.0.1:0", folder=app).code == 9


def test_nothing_to_build(spinfer: Spinfer, app: Path) -> None:
    (app / "spin.toml").write_text('spin_manifest_version = 2\napplication.name = "app"\n')
    done = spinfer("build", folder=app)
    assert (done.code, done.err) == (0, "Nothing to build: no component has a `build` in spin.toml.\n")


def test_built_and_served(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, "--build", "-c", "hello", sign="/hello\n") as up:
        assert up.get("/hello") == b"Built"
        assert up.end() == 0
