"""Quantizing for real, in a child process; and every way in which that can end."""

from __future__ import annotations

from pathlib import Path

import pytest

import leftovers
from fakes.tiny_model import write_llama
from spinfer.errors import ModelError
from spinfer.gguf_header.summary import summarize
from spinfer.inference import quantizing
from spinfer.inference.backend import infer
from spinfer.inference.backends.local import Answering, open_local
from spinfer.inference.engine.load import load
from spinfer.inference.engine.sizes import EngineSettings
from spinfer.inference.types import Request, SamplingParams


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_llama(tmp_path_factory.mktemp("models") / "m.gguf", width=256, feed_forward=512)


def test_a_smaller_model_that_answers(model: Path, tmp_path: Path) -> None:
    heard: list[float] = []
    target = tmp_path / "small.gguf"
    made = quantizing.quantize(model, target, "Q4_K_M", progress=heard.append)
    assert made == summarize(target)
    assert (made.quantization, made.parameters) == ("Q4_K_M", summarize(model).parameters)
    assert made.bytes < model.stat().st_size / 4
    assert heard == sorted(heard)
    assert heard[-1] == 1
    backend = open_local("m", load("m", target, EngineSettings()), Answering())
    assert (
        infer(backend, Request("the cat", SamplingParams(max_tokens=3, temperature=0))).generated_tokens == 3
    )
    backend.close()


@pytest.mark.parametrize("kind", quantizing.KINDS)
def test_every_kind_has_a_number_and_a_size(kind: str, model: Path, tmp_path: Path) -> None:
    quantizing._check_room(summarize(model), tmp_path / "x", kind)
    assert quantizing._number(kind) >= 0


def test_no_room_on_the_disk(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = quantizing.shutil._ntuple_diskusage(10**9, 10**9, 1000)  # type: ignore[attr-defined]
    monkeypatch.setattr(quantizing.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(ModelError, match=r"as Q8_0, and 1.0 kB are free"):
        quantizing.quantize(model, tmp_path / "x.gguf", "Q8_0", progress=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_llama_cpp_refuses(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes().replace(b"general.architecture\x08", b"general.architectura\x08"))
    with pytest.raises(ModelError, match=r"llama\.cpp cannot quantize this model: .*architecture"):
        quantizing.quantize(path, tmp_path / "x.gguf", "Q8_0", progress=lambda _: None)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"no model at all"])
def test_no_model_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="this model cannot be read"):
        quantizing.quantize(path, tmp_path / "x.gguf", "Q8_0", progress=lambda _: None)


def test_a_target_that_cannot_be_written(model: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ModelError, match=r"llama\.cpp cannot quantize this model"):
        quantizing.quantize(model, tmp_path / "taken", "Q8_0", progress=lambda _: None)


def test_an_interruption_ends_it_at_once_and_leaves_nothing(model: Path, tmp_path: Path) -> None:
    """As Ctrl-C does, in the middle."""
    before = leftovers.threads()

    def interrupt(part: float) -> None:
        if part > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quantizing.quantize(model, tmp_path / "x.gguf", "Q4_K_M", progress=interrupt)
    assert list(tmp_path.iterdir()) == []
    assert leftovers.threads() <= before
