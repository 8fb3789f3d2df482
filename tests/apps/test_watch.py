"""`spinfer watch`: what is saved is built and served, and nobody who asks meanwhile notices."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.conftest import Spinfer
from apps.serving import FAR, Running, running, until_said
from fakes import wat_http

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[[trigger.http]]
route = "/hello"
component = "hello"
[component.hello]
source = "hello.wat"
build = { command = "cp source ../hello.wat && echo built >> ../builds", workdir = "src", watch = ["sou*"] }
[[trigger.http]]
route = "/echo"
component = "echo"
[component.echo]
source = "echo.wat"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "src").mkdir(parents=True)
    (folder / "spin.toml").write_text(MANIFEST)
    (folder / "src" / "source").write_bytes(wat_http.saying(b"one"))
    (folder / "echo.wat").write_bytes(wat_http.echoing())
    return folder


def until(check: Callable[[], bool], up: Running) -> None:
    end = time.monotonic() + FAR
    while not check():
        assert time.monotonic() < end, up.err.read_text()
        assert up.process.poll() is None, up.err.read_text()
        time.sleep(0.02)


def save(file: Path, content: bytes) -> None:
    """As editors do: a new file in the place of the old one."""
    new = file.with_suffix(".new")
    new.write_bytes(content)
    new.replace(file)


def test_what_is_saved_is_served(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, sign="/echo\n", serve="watch") as up:
        assert up.get("/hello") == b"one"
        save(app / "src" / "source", wat_http.saying(b"two"))
        until(lambda: up.get("/hello") == b"two", up)
        save(app / "spin.toml", MANIFEST.replace('"/echo"', '"/again"').encode())
        until(lambda: _answers(up, "/again"), up)
        save(app / "echo.wat", wat_http.saying(b"not an echo"))
        until(lambda: up.get("/again") == b"not an echo", up)
        assert (app / "builds").read_text() == "built\n" * 2
        assert up.end() == 0
        assert "Serving anew, " in up.err.read_text()


def test_what_is_saved_while_it_is_built_is_served_too(environment: dict[str, str], app: Path) -> None:
    slow = "touch ../begun; cp source ../hello.wat; while [ -e ../hold ]; do sleep 0.02; done"
    (app / "spin.toml").write_text(
        MANIFEST.replace("cp source ../hello.wat && echo built >> ../builds", slow)
    )
    with running(environment, app, sign="/echo\n", serve="watch") as up:
        (app / "begun").unlink()
        (app / "hold").touch()
        save(app / "src" / "source", wat_http.saying(b"two"))
        until((app / "begun").exists, up)
        until(lambda: (app / "hello.wat").read_bytes() == wat_http.saying(b"two"), up)
        save(app / "src" / "source", wat_http.saying(b"three"))
        (app / "hold").unlink()
        until(lambda: up.get("/hello") == b"three", up)
        assert up.end() == 0


def test_what_is_broken_is_not(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, sign="/echo\n", serve="watch") as up:
        save(app / "src" / "source", b"(component")
        until_said(up, "The app from before the change is served still.")
        assert "component `hello` is not valid WebAssembly text" in up.err.read_text()
        assert up.get("/hello") == b"one"
        save(app / "spin.toml", MANIFEST.replace("cp source", "exit 3; cp source").encode())
        save(app / "src" / "source", wat_http.saying(b"two"))
        until_said(up, "ended with 3")
        assert up.get("/hello") == b"one"
        save(app / "spin.toml", MANIFEST.replace("source =", "sauce =").encode())
        until_said(up, "did you mean `source`?")
        save(app / "spin.toml", MANIFEST.encode())
        save(app / "src" / "source", wat_http.saying(b"three"))
        until(lambda: up.get("/hello") == b"three", up)
        assert up.end() == 0


def test_a_request_under_way_is_answered_by_the_app_it_began_with(
    environment: dict[str, str], app: Path
) -> None:
    with running(environment, app, sign="/echo\n", serve="watch") as up:
        host, port = up.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=FAR) as client:
            client.sendall(
                b"POST /echo HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 8\r\n\r\nhalf"
            )
            said = client.recv(65536)  # its guest answers while it reads
            save(app / "echo.wat", wat_http.saying(b"not an echo"))
            until(lambda: up.get("/echo") == b"not an echo", up)
            client.sendall(b"whole")
            while piece := client.recv(65536):
                said += piece
        assert b"200 OK" in said
        assert b"half" in said.partition(b"\r\n\r\n")[2]
        assert b"whol" in said
        assert up.end() == 0


def test_quietly(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, "-q", "--format", "json", sign="\n}\n", serve="watch") as up:
        save(app / "src" / "source", wat_http.saying(b"two"))
        until(lambda: up.get("/hello") == b"two", up)
        said = up.err.read_text()
        assert "Building" not in said
        assert "Serving anew" not in said
        assert up.end() == 0


def test_a_first_build_that_fails(spinfer: Spinfer, app: Path) -> None:
    (app / "spin.toml").write_text(MANIFEST.replace("cp source", "exit 7; cp source"))
    assert spinfer("watch", "--listen", "127.0.0.1:0", folder=app).code == 7


def _answers(up: Running, path: str) -> bool:
    try:
        up.get(path)
    except OSError:
        return False
    return True
