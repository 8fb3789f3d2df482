"""Components that an app takes from an address, in the command as it is typed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.conftest import Spinfer
from apps.test_up import running
from fakes import wat_http, wat_run_command
from fakes.hub import Hub, hub

HELLO = wat_http.saying(b"Hello")
COMMAND = wat_run_command.exiting(1)
"""It says nothing, which no failure of ours does."""


@pytest.fixture
def server() -> Iterator[Hub]:
    with hub() as running:
        yield running


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def app(folder: Path, url: str, content: bytes) -> Path:
    folder.mkdir()
    (folder / "spin.toml").write_text(
        'spin_manifest_version = 2\napplication.name = "app"\n'
        '[[trigger.http]]\nroute = "/hello"\ncomponent = "hello"\n'
        f'[component.hello]\nsource = {{ url = "{url}", digest = "sha256:{sha256(content)}" }}\n'
    )
    return folder


def test_an_app_is_served(environment: dict[str, str], server: Hub, tmp_path: Path) -> None:
    environment = {**environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    folder = app(tmp_path / "app", server.file("hello.wasm", HELLO), HELLO)
    for _ in range(2):
        with running(environment, folder, sign="/hello\n") as up:
            assert up.get("/hello") == b"Hello"
            assert up.end() == 0
    assert len(server.downloads()) == 1
    assert [path.name for path in (tmp_path / "cache/spinfer/sources").iterdir()] == [
        f"sha256-{sha256(HELLO)}"
    ]


def test_a_command_is_run(spinfer: Spinfer, server: Hub, tmp_path: Path) -> None:
    folder = app(tmp_path / "app", server.file("command.wasm", COMMAND), COMMAND)
    first, second = spinfer("run", folder), spinfer("run", folder)
    assert (first.code, first.out) == (second.code, second.out) == (1, "")
    assert first.err == f"Downloading component `hello` ({len(COMMAND)} bytes) …\n"
    assert second.err == ""  # and so it was the guest that said 1


@pytest.mark.parametrize("command", ["run", "up"])
def test_what_is_not_there_or_not_the_same(
    spinfer: Spinfer, server: Hub, tmp_path: Path, command: str
) -> None:
    arguments = {"run": ("run", tmp_path / "app"), "up": ("up", "-f", tmp_path / "app")}[command]
    folder = app(tmp_path / "app", f"{server.url}/files/gone.wasm", b"gone")
    done = spinfer(*arguments)
    assert done.code == 1
    assert done.err == (
        f"Error: {server.url}/files/gone.wasm: component `hello` cannot be fetched: "
        "the server answers 404 Not Found\n  See whether the address is right.\n"
    )
    server.file("gone.wasm", b"come")
    done = spinfer(*arguments)
    assert done.code == 1
    assert "component `hello` cannot be fetched: its SHA-256 is " in done.err
    assert f"where {sha256(b'gone')} is expected" in done.err
    assert folder.is_dir()
