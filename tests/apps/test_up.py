"""`spinfer up` as a person runs it: what it prints, how it refuses, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from apps.conftest import Spinfer
from apps.hello import MANIFEST, hello_app, looping
from apps.serving import running, until_said
from fakes import wat_http


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return hello_app(tmp_path)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_app_from_a_folder_below_until_it_is_interrupted(
    environment: dict[str, str], app: Path, signum: signal.Signals
) -> None:
    (app / "src").mkdir()
    with running(environment, app / "src", "--state-dir", str(app / "state")) as up:
        assert up.get("/hello/there") == b"Hello"
        assert up.end(signum) == 0
        out = (app / "out").read_text()
        assert out == (
            f"\nServing {up.url}\nAvailable Routes:\n"
            f"  hello: {up.url}/hello (wildcard)\n    Says hello\n"
            f"  http-trigger1: {up.url}/tea\n"
        )
        assert f'Logging component stdio to "{app}/state/logs/"' in (app / "err").read_text()


def test_json(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, "--format", "json", sign="\n}\n") as up:
        said = json.loads(up.out.read_text())
        assert said["base_url"] == up.url
        assert [route["id"] for route in said["routes"]] == ["hello", "http-trigger1"]
        assert up.end() == 0


def test_a_taken_port(environment: dict[str, str], spinfer: Spinfer, app: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = spinfer("up", "--listen", address, folder=app)
        assert done.code == 1
        assert done.err.startswith(f"Error: --listen: {address} is in use by another program")
        assert "--find-free-port" in done.err
        with running(environment, app, "--listen", address, "--find-free-port") as up:
            assert up.get("/hello") == b"Hello"
            assert not up.url.endswith(address)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (("", ""), ("-c", "nobody"), "there is no component `nobody`"),
        (("", ""), ("--follow", "nobody"), "there is no component `nobody`"),
        (("", ""), ("--tls-cert", "cert.pem"), "Pass `--tls-key` too."),
        (
            ("", ""),
            ("--tls-cert", "cert.pem", "--tls-key", "key.pem"),
            "--tls-cert: the certificate cert.pem",
        ),
        (("", ""), ("--listen", "nonsense"), "--listen: `nonsense` is no address"),
        (("", ""), ("-e", "NAME"), "--env: `NAME` sets no variable"),
        (("hello.wat", "gone.wasm"), (), "component `hello` does not exist"),
        (('description = "Says hello"', 'ai_models = ["m"]'), (), "--allow-missing-models"),
        (
            ('description = "Says hello"', 'allowed_outbound_hosts = ["example.com"]'),
            (),
            "spin.toml: component.hello.allowed_outbound_hosts: `example.com` has no scheme",
        ),
    ],
)
def test_refusals(
    spinfer: Spinfer, app: Path, change: tuple[str, str], options: tuple[str, ...], said: str
) -> None:
    (app / "spin.toml").write_text(MANIFEST.replace(*change) if change[0] else MANIFEST)
    done = spinfer("up", *options, folder=app)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: ")
    assert said in done.err
    assert "Traceback" not in done.err


def test_no_triggers(spinfer: Spinfer, app: Path) -> None:
    (app / "spin.toml").write_text('spin_manifest_version = 2\napplication.name = "app"\n')
    assert spinfer("up", folder=app).err == "Error: No triggers in app\n"


def test_a_client_that_goes_away_ends_its_guest(environment: dict[str, str], app: Path) -> None:
    (app / "hello.wat").write_bytes(wat_http.saying_and_looping(b"begun"))
    with running(environment, app, "-v", "-v") as up:
        with looping(up):
            pass
        until_said(up, "its caller went away")
        assert up.end() == 0


def test_twice_interrupted_a_guest_does_not_hold_the_process(environment: dict[str, str], app: Path) -> None:
    (app / "hello.wat").write_bytes(wat_http.saying_and_looping(b"begun"))
    with running(environment, app) as up, looping(up):
        os.kill(up.process.pid, signal.SIGINT)
        time.sleep(0.2)
        assert up.end() == 0
