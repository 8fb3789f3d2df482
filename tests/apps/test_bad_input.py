"""What an operator can get wrong: one clear sentence, exit code 1, no traceback, nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import tiny_model
from fakes.wat_run_command import returning
from guests import ROOT, example

MANIFEST = """
spin_manifest_version = 2
application.name = "app"
[[trigger.command]]
component = "app"
[component.app]
source = "app.wat"
ai_models = ["m"]
"""

ASYNC = b"""(component
  (core module $m
    (func (export "run") (result i32) i32.const 0)
    (func (export "callback") (param i32 i32 i32) (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (type $t (func async (result (result))))
  (func $run (type $t) (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance $e (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $e)))"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "spin.toml").write_text(MANIFEST)
    (tmp_path / "app.wat").write_bytes(returning(0))
    return tmp_path


def refused(spinfer, *arguments: str | Path, code: int = 1) -> str:
    """What the command says when it refuses."""
    done = spinfer(*arguments)
    assert done.code == code, done.err
    assert "Traceback" not in done.err
    assert done.err.startswith("Error: "), done.err
    assert done.out == ""
    return done.err


def test_an_unknown_key(spinfer, app: Path) -> None:
    (app / "spin.toml").write_text(MANIFEST.replace("ai_models", "ai_model"))
    message = refused(spinfer, "run", app)
    assert "spin.toml: component.app.ai_model: unknown key" in message
    assert "did you mean `ai_models`?" in message


def test_a_wrong_type_in_spinfer_toml(spinfer, app: Path) -> None:
    (app / "spinfer.toml").write_text('[models.m]\nbuiltin = "yes"\n')
    assert "spinfer.toml: models.m.builtin: expected `true` or `false`" in refused(spinfer, "run", app)


def test_every_mistake_at_once(spinfer, app: Path) -> None:
    (app / "spin.toml").write_text(MANIFEST.replace("ai_models", "ai_model").replace("name", "nam"))
    assert refused(spinfer, "run", app).count("unknown key") == 2


def test_a_missing_component_and_how_to_build_it(spinfer, app: Path) -> None:
    (app / "spin.toml").write_text(MANIFEST.replace("app.wat", "app.wasm") + 'build.command = "make app"\n')
    message = refused(spinfer, "run", app)
    assert "component `app` does not exist" in message
    assert "make app" in message


def test_a_missing_manifest(spinfer, tmp_path: Path) -> None:
    assert "there is no such file" in refused(spinfer, "run", tmp_path)


def test_a_core_module(spinfer, tmp_path: Path) -> None:
    (tmp_path / "core.wasm").write_bytes(b"\0asm\x01\0\0\0")
    message = refused(spinfer, "run", "core.wasm")
    assert "is a core WebAssembly module, not a component" in message
    assert "componentize-py" in message


def test_no_webassembly_at_all(spinfer) -> None:
    assert "is not WebAssembly" in refused(spinfer, "run", ROOT / "README.md")


def test_an_async_export(spinfer, tmp_path: Path) -> None:
    (tmp_path / "modern.wat").write_bytes(ASYNC)
    message = refused(spinfer, "run", "modern.wat")
    assert "component `modern` exports `wasi:cli/run@0.3.0" in message
    assert "spin-sdk<4" in message


def test_a_component_that_is_no_command(spinfer, tmp_path: Path) -> None:
    (tmp_path / "empty.wat").write_text("(component)")
    assert "exports no `wasi:cli/run`" in refused(spinfer, "run", "empty.wat")


def test_a_call_of_an_import_that_nobody_serves(spinfer, tmp_path: Path) -> None:
    (tmp_path / "odd.wat").write_text("""(component
      (import "fermyon:spin/redis" (instance $redis (export "flush" (func))))
      (core func $flush (canon lower (func $redis "flush")))
      (core module $m
        (import "" "flush" (func $flush))
        (func (export "run") (result i32) (call $flush) (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance (export "flush" (func $flush))))))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $interface (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $interface)))""")
    assert "it called `fermyon:spin/redis#flush`" in refused(spinfer, "run", "odd.wat", code=134)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "there is no such file"), (b"MZ" + bytes(100), "this is not a GGUF file")],
    ids=["missing", "not GGUF"],
)
def test_a_model_file_that_is_none(spinfer, app: Path, content: bytes | None, sentence: str) -> None:
    if content is not None:
        (app / "m.gguf").write_bytes(content)
    (app / "spinfer.toml").write_text('[models.m]\npath = "m.gguf"\n')
    message = refused(spinfer, "run", app)
    assert sentence in message
    assert "m.gguf: model 'm'" in message


def test_a_truncated_model(spinfer, app: Path) -> None:
    whole = tiny_model.write_llama(app / "whole.gguf")
    (app / "m.gguf").write_bytes(whole.read_bytes()[:-5000])
    done = spinfer("run", "--model", f"llama2-chat={app / 'm.gguf'}", example("ask"), "Hello")
    assert done.code == 1
    assert "m.gguf: model 'llama2-chat'" in done.err
    assert "Traceback" not in done.err


def test_a_prompt_longer_than_the_context(spinfer) -> None:
    done = spinfer("run", example("ask"), "word " * 3000)
    assert done.code == 1
    assert "the context of model 'llama2-chat' holds" in done.err


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--dir", "nowhere::/data", "`nowhere` is not a folder"),
        ("--env", "NAME", "`NAME` sets no variable"),
        ("--model", "m", "expected NAME=SOURCE"),
        ("--component-id", "other", "there is no component `other`"),
    ],
)
def test_an_option(spinfer, app: Path, option: str, value: str, sentence: str) -> None:
    assert sentence in refused(spinfer, "run", option, value, app)


def test_nothing_is_left_in_the_folder(spinfer, app: Path) -> None:
    before = sorted(app.iterdir())
    refused(spinfer, "run", "--model", "m", app)
    assert sorted(app.iterdir()) == before
