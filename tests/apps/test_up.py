"""`spinfer up` as a person runs it: what it prints, how it refuses, how it ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.conftest import Spinfer, command
from fakes import wat_http
from guests import SDK_ENVIRONMENT, example

FAR = 60.0

sdk = pytest.mark.skipif(
    not SDK_ENVIRONMENT.is_dir(),
    reason=f"{SDK_ENVIRONMENT.name} is missing, which builds guests of Spin's SDK",
)

MANIFEST = """
spin_manifest_version = 2
[application]
name = "app"
version = "1.0.0"
[[trigger.http]]
route = "/hello/..."
component = "hello"
[[trigger.http]]
route = "/tea"
static_response = { status_code = 418, body = "short" }
[component.hello]
source = "hello.wat"
description = "Says hello"
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text(MANIFEST)
    (folder / "hello.wat").write_bytes(wat_http.saying(b"Hello"))
    return folder


@dataclass
class Running:
    """A `spinfer up` that serves."""

    process: subprocess.Popen[str]
    out: Path
    err: Path
    url: str

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=FAR) as answer:
            return answer.read()

    def post(self, path: str, body: str) -> bytes:
        with urllib.request.urlopen(self.url + path, body.encode(), timeout=FAR) as answer:
            return answer.read()

    def end(self, signum: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(signum)
        return self.process.wait(FAR)


@contextmanager
def running(
    environment: dict[str, str], folder: Path, *options: str, sign: str = "/tea\n"
) -> Iterator[Running]:
    """Once the announcement has ended, which it does with `sign`."""
    out, err = folder.parent / "out", folder.parent / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        process = subprocess.Popen(
            command("up", "--listen", "127.0.0.1:0", *options),
            cwd=folder,
            env=environment,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )
    try:
        end = time.monotonic() + FAR
        while not (said := out.read_text()).endswith(sign):
            assert process.poll() is None, err.read_text()
            assert time.monotonic() < end, err.read_text()
            time.sleep(0.02)
        url = said.partition("://")[2].partition("\n")[0].rstrip('",')
        yield Running(process, out, err, f"http://{url}")
    finally:
        process.kill()
        process.wait()


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
    (app / "hello.wat").write_bytes(wat_http.LOOPING)
    with running(environment, app, "-v", "-v") as up:
        host, port = up.url.removeprefix("http://").split(":")
        client = socket.create_connection((host, int(port)), timeout=FAR)
        client.sendall(b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n")
        time.sleep(0.1)
        client.close()
        until_said(up, "its caller went away")
        assert up.end() == 0


def test_twice_interrupted_a_guest_does_not_hold_the_process(environment: dict[str, str], app: Path) -> None:
    (app / "hello.wat").write_bytes(wat_http.LOOPING)
    with running(environment, app) as up:
        host, port = up.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=FAR) as client:
            client.sendall(b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n")
            time.sleep(0.2)
            os.kill(up.process.pid, signal.SIGINT)
            time.sleep(0.2)
            assert up.end() == 0


@sdk
def test_the_hello_example(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("hello-http", tmp_path)
    with running(environment, folder, sign="(wildcard)\n") as up:
        assert up.get("/hello/Ada%20Lovelace") == b"Hello, Ada Lovelace!\n"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            up.get("/other")
        assert up.end() == 0


@sdk
def test_the_sentiment_example(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("sentiment", tmp_path)
    with running(environment, folder, sign="judges it\n") as up:
        assert b'<form id="form">' in up.get("/")
        assert b"#verdict" in up.get("/style.css")
        verdicts = [
            up.post("/api/sentiment", s) for s in ("What a wonderful day!", "I hate this, it broke twice.")
        ]
        assert [json.loads(verdict)["sentiment"] for verdict in verdicts] == ["positive", "negative"]
        assert up.end() == 0
        assert "[sentiment] positive: What a wonderful day!\n" in up.err.read_text()
    logged = (folder / ".spin/logs/sentiment_stdout.txt").read_text()
    assert logged == "positive: What a wonderful day!\nnegative: I hate this, it broke twice.\n"


@sdk
def test_a_client_that_goes_away_frees_its_model(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("sentiment", tmp_path)
    (folder / "spinfer.toml").write_text(
        '[models.llama2-chat.mock]\nreplies = [{ pattern = "", text = "late", delay_s = 600 }]\n'
    )
    with running(environment, folder, "-vv", sign="judges it\n") as up:
        host, port = up.url.removeprefix("http://").split(":")
        client = socket.create_connection((host, int(port)), timeout=FAR)
        client.sendall(b"POST /api/sentiment HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\ngood")
        time.sleep(0.5)
        client.close()
        until_said(up, "its caller went away")
        assert up.end() == 0


def copied(name: str, folder: Path) -> Path:
    """A built example of its own, to write into."""
    return Path(shutil.copytree(example(name), folder / name))


def until_said(up: Running, sign: str) -> None:
    end = time.monotonic() + FAR
    while sign not in up.err.read_text():
        assert time.monotonic() < end, up.err.read_text()
        time.sleep(0.02)
