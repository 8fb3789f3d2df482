"""`spinfer doctor` as a person types it, over apps with every kind of mistake."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.test_bad_input import ASYNC
from fakes import wat_http, wat_redis
from spinfer.cli import main

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[variables]
token = { required = true }
[[trigger.http]]
route = "/hello"
component = "hello"
[component.hello]
source = "hello.wat"
ai_models = ["llama2-chat", "large"]
variables = { token = "{{ token }}" }
[component.hello.build]
command = "echo building; cp source hello.wat"
watch = ["source"]
[[trigger.command]]
component = "new"
[component.new]
source = "new.wat"
"""
Doctor = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def doctor(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Doctor:
    """The exit code, and what was found."""

    def run(*options: str) -> tuple[int, list[dict[str, Any]]]:
        cache = ("--cache-dir", str(tmp_path / "cache"), "--listen", "127.0.0.1:0")
        code = main(["doctor", "-f", str(tmp_path / "app"), "--format", "json", *cache, *options])
        return code, json.loads(capfd.readouterr().out)["findings"]

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SPINFER_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "none"))
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "spin.toml").write_text(MANIFEST)
    (folder / "spinfer.toml").write_text(
        "[models.llama2-chat]\nbuiltin = true\n[models.idle]\nbuiltin = true\n"
    )
    (folder / "source").write_bytes(wat_http.saying(b"Hello"))
    (folder / "new.wat").write_bytes(ASYNC)
    return folder


def said(findings: list[dict[str, Any]], level: str) -> list[str]:
    return [finding["what"] for finding in findings if finding["level"] == level]


def test_everything_at_once(doctor: Doctor, folder: Path) -> None:
    code, findings = doctor()
    assert code == 1
    problems = said(findings, "problem")
    assert problems[:2] == [
        "component `hello` has not been built: there is no such file",
        "the required variable `token` has no value",
    ]
    assert problems[2].startswith("there is no model 'large'")
    assert all(finding["cure"] for finding in findings if finding["level"] == "problem")
    assert any("spinfer build -c hello" in finding["cure"] for finding in findings)
    assert {"manifest", "component", "variable", "model", "port", "cpu"} <= {it["topic"] for it in findings}


def test_what_can_be_mended_is(doctor: Doctor, folder: Path) -> None:
    code, findings = doctor("--fix", "--variable", "token=x", "--model", "large=builtin")
    assert (folder / "hello.wat").read_bytes() == (folder / "source").read_bytes()
    assert "component `hello` can be loaded" in said(findings, "fine")
    (problem,) = said(findings, "problem")
    assert "component `new`" in problem
    (cure,) = [finding["cure"] for finding in findings if finding["level"] == "problem"]
    assert "(WASI 0.3); spinfer runs WASI 0.2 guests" in problem
    assert "spin-sdk<4" in cure
    assert sorted(said(findings, "hint")) == [
        "component `hello` is granted `ai_models`, and has no interface to use them",
        "component `hello` is granted `variables`, and has no interface to use them",
        "component `new` is a command: run it with `spinfer run`.",
        "no component is granted the model `idle`",
    ]
    assert code == 1
    assert not (folder / ".spin").exists()


def test_an_app_that_is_well(doctor: Doctor, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "spin.toml").write_text(
        MANIFEST[: MANIFEST.index("[[trigger.command")].replace(', "large"', "")
    )
    (folder / "hello.wat").write_bytes(wat_http.saying(b"Hello"))
    code, findings = doctor("--variable", "token=x")
    assert (code, said(findings, "problem")) == (0, [])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, findings = doctor("--variable", "token=x", "--listen", address)
        assert (code, said(findings, "problem")) == (1, [f"{address} is in use by another program"])


def test_a_manifest_with_mistakes(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "spin.toml").write_text(MANIFEST.replace("= 2", '= "2"').replace("ai_models", "models"))
    assert main(["doctor", "-f", str(folder), "-q", "--listen", "127.0.0.1:0"]) == 1
    out = capfd.readouterr().out
    assert out == (
        "✗ spin.toml: spin_manifest_version: version 2 is a number, got a string\n"
        "  write `spin_manifest_version = 2`, without quotes\n\n1 problem, no hints\n"
    )


def test_a_model_that_is_larger_than_memory(
    doctor: Doctor, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spinfer import builtin
    from spinfer.inference.engine import machine

    monkeypatch.setattr(machine, "available_memory", lambda: 1 << 20)
    _, findings = doctor("--model", f"large={builtin.CHAT_MODEL}")
    (problem,) = [
        finding for finding in findings if finding["topic"] == "model" and finding["level"] == "problem"
    ]
    assert problem["what"].startswith("model 'large': it needs ")
    assert problem["cure"].startswith("Free memory.")


def test_an_app_that_listens_to_channels(doctor: Doctor, folder: Path) -> None:
    """Neither the port matters nor whether the server is there; what its component exports does."""
    (folder / "spin.toml").write_text(
        'spin_manifest_version = 2\napplication.name = "app"\n'
        '[[trigger.redis]]\naddress = "redis://nobody.invalid"\nchannel = "news"\ncomponent = "told"\n'
        '[component.told]\nsource = "told.wat"\nkey_value_stores = ["default"]\n'
    )
    (folder / "told.wat").write_bytes(wat_redis.REFUSING)
    code, findings = doctor("--listen", "no address:0")
    assert (code, said(findings, "problem")) == (0, [])
    assert {"on redis://nobody.invalid:6379 it listens to `news`", "component `told` can be loaded"} <= {
        *said(findings, "fine")
    }
    hints = said(findings, "hint")
    assert "component `told` is granted `key_value_stores`, and has no interface to use them" in hints
    (folder / "told.wat").write_bytes(wat_http.saying(b"Hello"))
    code, findings = doctor()
    assert code == 1
    (problem,) = said(findings, "problem")
    assert "fermyon:spin/inbound-redis" in problem
