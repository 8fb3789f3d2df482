"""What a header tells of a model, against what llama.cpp says after loading it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.tiny_model import write_bert, write_llama
from spinfer import builtin
from spinfer.gguf_header import reader
from spinfer.gguf_header.header import Header, Value
from spinfer.inference.engine import file_info
from spinfer.inference.engine.llama import Model
from spinfer.inference.engine.model_info import ModelInfo, Purpose

FACTS = (
    "trained_context",
    "dimensions",
    "layers",
    "width",
    "heads",
    "cached_heads",
    "vocabulary",
    "adds_bos",
    "bos",
    "eos",
    "chat_template",
    "is_recurrent",
    "needs_encoder",
    "cache_bytes_per_token",
    "pooling",
    "purpose",
)


def header(**metadata: Value) -> Header:
    named = {key.replace("__", "."): value for key, value in metadata.items()}
    return Header(3, {"general.architecture": "x", **named}, (), 0, 0)


@pytest.mark.parametrize("kind", ["llama", "pooled llama", "bert", "chat", "embedding"])
def test_what_llama_cpp_says(kind: str, tmp_path: Path) -> None:
    path = {
        "llama": lambda: write_llama(tmp_path / "m.gguf", words=2000),
        "pooled llama": lambda: write_llama(tmp_path / "m.gguf", metadata={"llama.pooling_type": 3}),
        "bert": lambda: write_bert(tmp_path / "m.gguf"),
        "chat": lambda: builtin.CHAT_MODEL,
        "embedding": lambda: builtin.EMBEDDING_MODEL,
    }[kind]()
    ours = file_info.of(reader.read(path, keep=[file_info.TOKENS]), path.stat().st_size)
    model = Model(path)
    try:
        assert facts(ours) == facts(model.info)
    finally:
        model.close()


def test_layers_that_differ() -> None:
    hybrid = header(x__block_count=4, x__attention__head_count_kv=(0, 0, 8, 4))
    assert file_info.of(hybrid, 0).cached_heads == 3
    assert file_info.of(header(x__attention__head_count=6), 0).cached_heads == 6


def test_a_model_that_keeps_a_state() -> None:
    assert file_info.of(header(x__ssm__inner_size=64), 0).is_recurrent
    assert not file_info.of(header(), 0).is_recurrent


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"x__block_count": "many", "x__embedding_length": 1.5, "x__attention__head_count_kv": ("a",)},
        {"x__attention__key_length": "wide", "x__attention__sliding_window": "far", "x__pooling_type": -1},
        {"tokenizer__ggml__bos_token_id": 99, "tokenizer__ggml__tokens": ("a", "b")},
        {"tokenizer__ggml__bos_token_id": -1, "tokenizer__ggml__tokens": ("a", "b")},
        {"tokenizer__chat_template": 7, "tokenizer__ggml__add_bos_token": "yes"},
    ],
)
def test_a_header_that_says_nothing_or_nonsense(metadata: dict[str, Value]) -> None:
    info = file_info.of(header(**metadata), 0)
    assert (info.bos, info.chat_template, info.layers, info.cached_heads) == ("", None, 0, 0)
    assert (info.cache_bytes_per_token, info.window, info.purpose) == (0, None, Purpose.GENERATE)


def facts(info: ModelInfo) -> dict[str, object]:
    return {fact: getattr(info, fact) for fact in FACTS}
