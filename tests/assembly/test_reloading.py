"""Apps that follow each other: which models they share, and when the one before is closed."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest

from fakes import wat_http
from guests import example, guest, interpreters, lacks
from spinfer.assembly.http import HttpApp
from spinfer.assembly.reloading import ReloadingHost
from spinfer.config.models import MockConfig, ModelConfig
from spinfer.config.seeds import Script, Seeds, StoreSettings
from spinfer.errors import ComponentError, InferenceFailed
from spinfer.inference.types import Request
from spinfer.manifest import load
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import target
from spinfer.triggers.http.listener import Address

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[[trigger.http]]
route = "/"
component = "hello"
[component.hello]
source = "hello.wat"
sqlite_databases = ["default"]
"""
Describe = Callable[[bytes], HttpApp]


@pytest.fixture
def described(tmp_path: Path) -> Describe:
    def describe(said: bytes) -> HttpApp:
        (tmp_path / "hello.wat").write_bytes(wat_http.saying(said))
        manifest = load.loads(MANIFEST, tmp_path / "spin.toml")
        return HttpApp(
            manifest=manifest,
            target=target.of_manifest(manifest),
            address=Address("127.0.0.1", 0),
            models={"a": ModelConfig(mock=MockConfig(default="yes"))},
            logs=LogSettings(None, follow=()),
            stores=StoreSettings(Seeds(scripts=(Script("default", "CREATE TABLE t (x)"),))),
            state_folder=tmp_path / "state",
            cache=tmp_path / "cache",
        )

    return describe


@pytest.fixture
def host() -> Iterator[ReloadingHost]:
    with ReloadingHost(lambda _model, _part: None, lambda _line: None) as host:
        yield host


def test_models_stay_and_seeds_are_sown_once(host: ReloadingHost, described: Describe) -> None:
    trigger, address = host.start(described(b"one"))
    trigger.start()
    models = host.models
    backend = models.get("a")
    host.reload(described(b"two"))
    with urlopen(f"http://{address}/") as answer:
        assert answer.read() == b"two"
    assert host.models is models
    assert models.get("a") is backend
    broken = described(b"three")
    (broken.manifest.folder / "hello.wat").write_text("(component")
    with pytest.raises(ComponentError):
        host.reload(broken)
    with urlopen(f"http://{address}/") as answer:
        assert answer.read() == b"two"
    host.reload(replace(described(b"three"), models={"a": ModelConfig(mock=MockConfig(default="no"))}))
    assert host.models is not models
    for thread in threading.enumerate():
        if thread.name == "spinfer-retire":
            thread.join(60)
    with pytest.raises(InferenceFailed):
        list(backend.stream(Request("x")))
    trigger.cancel()
    assert trigger.wait(60)


@pytest.mark.skipif(bool(lacks("hello-http")), reason=lacks("hello-http"))
def test_python_whose_interpreter_is_known_is_not_compiled_whole(host: ReloadingHost, tmp_path: Path) -> None:
    wasm = guest("hello-http").read_bytes()
    cache = interpreters.cache_with(wasm, tmp_path / "cache")
    known = set(cache.iterdir())
    (tmp_path / "spin.toml").write_text((example("hello-http") / "spin.toml").read_text())
    built_again = wasm + b"\0\x06\x05again"

    def described(component: bytes) -> HttpApp:
        (tmp_path / "hello.wasm").write_bytes(component)
        manifest = load.load(tmp_path)
        return HttpApp(
            manifest=manifest,
            target=target.of_manifest(manifest),
            address=Address("127.0.0.1", 0),
            models={},
            logs=LogSettings(None, follow=()),
            cache=cache,
        )

    trigger, address = host.start(described(wasm))
    trigger.start()
    for component in (wasm, built_again):
        if component is not wasm:
            host.reload(described(component))
        with urlopen(f"http://{address}/hello/Ada") as answer:
            assert answer.read() == b"Hello, Ada!\n"
        assert not list(cache.glob(f"{hashlib.sha256(component).hexdigest()}*"))
    assert len(set(cache.iterdir()) - known) == 2, "one shell for each build"
    trigger.cancel()
    assert trigger.wait(60)
