from __future__ import annotations

import logging
import re
import shutil
import struct
from pathlib import Path

import pytest

import leftovers
from fakes.tiny_model import write_llama
from spinfer.errors import ModelError
from spinfer.inference.backend import infer
from spinfer.inference.backends.local import Answering, open_local
from spinfer.inference.engine import machine
from spinfer.inference.engine.load import Loaded, LoadedEmbedder, LoadedGenerator, load
from spinfer.inference.engine.sizes import EngineSettings
from spinfer.inference.types import Request, SamplingParams


def loading(path: Path, **settings: int) -> Loaded:
    return load("m", path, EngineSettings(**settings))


def test_a_model_that_continues_text(tiny_llama: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        loaded = loading(tiny_llama)
    assert isinstance(loaded, LoadedGenerator)
    assert loaded.context_tokens == 512
    loaded.close()
    loaded.close()
    assert [r.getMessage().split(",")[0] for r in caplog.records] == ["model 'm': llama ?B (guessed) all F32"]


def test_a_model_that_embeds(tiny_bert: Path) -> None:
    loaded = loading(tiny_bert)
    assert isinstance(loaded, LoadedEmbedder)
    assert loaded.context_tokens == 64
    loaded.close()


def test_a_decoder_that_says_how_it_is_pooled_embeds(tmp_path: Path) -> None:
    loaded = loading(write_llama(tmp_path / "m.gguf", metadata={"llama.pooling_type": 3}))
    assert isinstance(loaded, LoadedEmbedder)
    loaded.close()


def test_a_model_that_ranks_is_of_no_use(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "m.gguf", metadata={"llama.pooling_type": 4})
    before = leftovers.threads()
    with pytest.raises(ModelError, match=r"a model of this kind \(llama\) neither continues text nor embeds"):
        loading(path)
    assert leftovers.threads() <= before


def test_a_damaged_file(tiny_llama: Path, tmp_path: Path) -> None:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(tiny_llama.read_bytes()[:3000])
    with pytest.raises(ModelError) as caught:
        loading(path)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    assert problem.what.startswith("model 'm': the file ends within its header, after 3000 bytes")
    assert "Download it again" in problem.cure


def test_a_file_that_llama_cpp_does_not_understand(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(
        b"GGUF" + struct.pack("<IQQQ20sIQ7s", 3, 0, 1, 20, b"general.architecture", 8, 7, b"martian")
    )
    with pytest.raises(ModelError) as caught:
        loading(path)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    assert problem.what.startswith("model 'm': llama.cpp cannot load this file (")
    assert "download it again" in problem.cure


def test_no_room_for_the_weights(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: 50_000_000)
    with pytest.raises(
        ModelError, match=r"it needs 69 MB of memory \(\d+ kB of weights, .* and 50 MB are available"
    ):
        loading(tiny_llama)


def test_no_room_for_the_cache(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: 1_000_000_000)
    needs = (
        r"it needs 5.2 GB of memory \(\d+ kB of weights, 5.1 GB of KV cache, .*\), and 1.0 GB are available"
    )
    with pytest.raises(ModelError, match=needs) as caught:
        loading(tiny_llama, cache_tokens=20_000_000)
    (said,) = re.findall(r"With `cache_tokens = (\d+)`", str(caught.value))
    loading(tiny_llama, cache_tokens=int(said)).close()


def test_no_model_that_does_not_fit_is_loaded(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: 50_000_000)
    heard: list[float] = []
    with pytest.raises(ModelError):
        load("m", tiny_llama, EngineSettings(), heard.append)
    assert heard == []


def test_a_file_whose_end_is_missing(tiny_llama: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_llama.read_bytes()[:-4000])
    with pytest.raises(ModelError, match=r"bytes of its weights are missing: the file is incomplete"):
        loading(path)


def test_where_nobody_knows_the_memory_it_is_tried(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: None)
    loading(tiny_llama).close()


def test_a_quantized_model(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "m.gguf", width=64, feed_forward=128, quantize=True)
    backend = open_local("m", loading(path), Answering())
    assert infer(backend, Request("the cat", SamplingParams(max_tokens=5, temperature=0))).text
    backend.close()


def test_a_file_that_is_deleted_while_it_is_loaded(tiny_llama: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    shutil.copy(tiny_llama, path)
    backend = open_local("m", loading(path), Answering())
    path.unlink()
    assert infer(backend, Request("the cat", SamplingParams(max_tokens=5))).text
    backend.close()
