"""`spinfer up` for an app that listens to Redis channels, beside HTTP and without it."""

from __future__ import annotations

import shutil
import signal
import time
import urllib.error
from contextlib import closing
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from apps.conftest import Spinfer
from apps.serving import FAR, running, until_said
from fakes import wat_redis
from fakes.redis_server import needs_redis, redis_server
from guests import app
from spinfer.assembly.http import HttpApp, HttpHost
from spinfer.factors.variables.sources import VariableSettings
from spinfer.manifest.load import load
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import target
from spinfer.triggers.http.listener import Address

pytestmark = needs_redis

LISTENER = Path(__file__).parent / "listener"
HTTP = '[[trigger.http]]\nroute = "/tea"\nstatic_response = { status_code = 418, body = "short" }\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(app(LISTENER), tmp_path / "app"))


def heard(server: redis.Redis) -> bytes:
    found = server.blpop(["heard"], timeout=FAR)
    assert isinstance(found, tuple), "nothing was heard"
    return found[1]


def publish(server: redis.Redis, channel: str, message: bytes) -> None:
    """As soon as somebody listens."""
    end = time.monotonic() + FAR
    while server.publish(channel, message) == 0:
        assert time.monotonic() < end, "nobody listens"


def test_messages_reach_their_component(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    with redis_server(tmp_path) as port, closing(redis.Redis(port=port)) as server:
        options = ("--variable", f"redis_host=127.0.0.1:{port}", "-e", f"REDIS=redis://127.0.0.1:{port}")
        with running(environment, folder, *options, sign="two: listener\n") as up:
            publish(server, "test-one", b"\xff first")
            assert heard(server) == b"\xff first"
            for number in range(20):
                server.publish("two", f"{number}")
            assert [heard(server) for _ in range(20)] == [f"{number}".encode() for number in range(20)]
            server.publish("two", "refuse")
            server.publish("two", "break")
            server.publish("two", "after")
            assert heard(server) == b"after"
            until_said(up, "component `listener`, channel `two`: it answered with an error")
            until_said(up, "channel `two`: it trapped in `fermyon:spin/inbound-redis#handle-message`")
            with pytest.raises(urllib.error.HTTPError, match="418"):
                up.get("/tea")
            out = up.out.read_text()
            assert f"\nActive Channels on redis://127.0.0.1:{port}:\n  test-one: listener\n" in out
            assert up.end(signal.SIGINT) == 0


def test_without_http_nothing_is_bound(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    manifest = folder / "spin.toml"
    manifest.write_text(manifest.read_text().replace(HTTP, ""))
    with redis_server(tmp_path) as port, closing(redis.Redis(port=port)) as server:
        options = ("--variable", f"redis_host=127.0.0.1:{port}", "-e", f"REDIS=redis://127.0.0.1:{port}")
        with running(environment, folder, *options, "--listen", "no address:0", sign="two: listener\n") as up:
            publish(server, "two", b"hello")
            assert heard(server) == b"hello"
            assert "Serving" not in up.out.read_text()
            assert up.end(signal.SIGTERM) == 0


def test_an_address_that_is_none(spinfer: Spinfer, folder: Path) -> None:
    manifest = folder / "spin.toml"
    manifest.write_text(manifest.read_text().replace("allowed_outbound_hosts", "# allowed_outbound_hosts"))
    ended = spinfer("up", "--variable", "redis_host=s3cret:x", folder=folder)
    assert ended.code == 1
    assert ").address: `redis://{{ redis_host }}` is no address" in ended.err
    assert "s3cret" not in ended.err


def test_watching(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    """Messages are the new app's once it is loaded, and so are its channels; HTTP goes on beside that."""
    manifest = folder / "spin.toml"
    (folder / "refusing.wat").write_bytes(wat_redis.REFUSING)
    with redis_server(tmp_path) as port, closing(redis.Redis(port=port)) as server:
        options = ("--variable", f"redis_host=127.0.0.1:{port}", "-e", f"REDIS=redis://127.0.0.1:{port}")
        sign = "two: listener\n"
        with running(environment, folder, "--skip-build", *options, sign=sign, serve="watch") as up:
            publish(server, "two", b"hello")
            assert heard(server) == b"hello"
            manifest.write_text(manifest.read_text().replace('"two"', '"three"'))
            until_said(up, "Serving anew")
            publish(server, "three", b"again")
            assert heard(server) == b"again"
            manifest.write_text(manifest.read_text().replace("listener.wasm", "refusing.wat"))
            while "channel `test-one`: it answered with an error" not in up.err.read_text():
                publish(server, "test-one", b"told")
            with pytest.raises(urllib.error.HTTPError, match="418"):
                up.get("/tea")
            assert up.end() == 0


def test_watching_without_http(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    manifest = folder / "spin.toml"
    whole = manifest.read_text().replace("listener.wasm", "refusing.wat")
    without = whole.replace(HTTP, "")
    manifest.write_text(without)
    (folder / "refusing.wat").write_bytes(wat_redis.REFUSING)
    with redis_server(tmp_path) as port, closing(redis.Redis(port=port)) as server:
        options = ("--skip-build", "--variable", f"redis_host=127.0.0.1:{port}", "--listen", "no address:0")
        with running(environment, folder, *options, sign="two: listener\n", serve="watch") as up:
            publish(server, "two", b"hello")
            until_said(up, "channel `two`: it answered with an error")
            manifest.write_text(whole)
            until_said(up, "it has an HTTP trigger now, and was not served over HTTP before")
            manifest.write_text(without.replace('"two"', '"three"'))
            until_said(up, "Serving anew")
            publish(server, "three", b"hello")
            until_said(up, "channel `three`: it answered with an error")
            assert up.end() == 0


def test_channels_of_components_that_are_left_out(folder: Path) -> None:
    text = (folder / "spin.toml").read_text()
    (folder / "spin.toml").write_text(
        f'{text}[[trigger.http]]\nroute = "/"\ncomponent = "page"\n[component.page]\nsource = "p.wasm"\n'
    )
    manifest = load(folder)
    for chosen, channels in (("page", 0), ("listener", 2)):
        served = HttpApp(
            manifest=manifest,
            target=target.of_manifest(manifest, [chosen]),
            address=Address("127.0.0.1", 0),
            models={},
            logs=LogSettings(None),
            variables=VariableSettings(given={"redis_host": SecretStr("localhost")}),
        )
        with HttpHost(served, lambda _model, _part: None, lambda _line: None) as host:
            assert sum(len(server.channels) for server in host.channels()) == channels
