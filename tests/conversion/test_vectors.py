"""Small converted models of every sort embed like the reference, through our own backend."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from conversion.folders import (
    POSITIONS,
    VOCABULARY,
    change,
    tokenizer_json,
    weights,
    write_json,
    write_safetensors,
)
from conversion.reference_bert import reference_vectors
from conversion.wordpiece import WordPiece
from spinfer.config.models import ModelConfig
from spinfer.conversion.destination import Destination
from spinfer.conversion.sentence_transformers import convert
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import EmbeddingRequest

TEXTS = ("", "the cat", "The cat sings, playing!", "singing é 中 0123", "a b c d e f g h i j k l m n o p q")
LEAST_COSINE = 0.999

WORDS = WordPiece({token: n for n, token in enumerate(VOCABULARY)})


def embed(path: Path) -> np.ndarray:
    catalog = Catalog({"small": ModelConfig(path=path)})
    try:
        return catalog.get("small").embed(EmbeddingRequest(TEXTS)).vectors
    finally:
        catalog.close()


def check(folder: Path, tmp_path: Path, expected: np.ndarray) -> None:
    found = embed(convert(folder, Destination(tmp_path, "small")).path)
    assert (expected * found).sum(axis=1).min() >= LEAST_COSINE


def reference(folder: Path, pooling: str = "mean") -> np.ndarray:
    return reference_vectors(folder, [WORDS.encode(text) for text in TEXTS], pooling)


@pytest.mark.parametrize(
    ("mode", "pooling"),
    [
        ("mean_tokens", "mean"),
        ("mean_sqrt_len_tokens", "mean"),
        ("cls_token", "cls"),
        ("lasttoken", "last"),
    ],
)
def test_every_pooling(folder: Path, tmp_path: Path, mode: str, pooling: str) -> None:
    write_json(folder / "1_Pooling" / "config.json", {f"pooling_mode_{mode}": True, "include_prompt": True})
    check(folder, tmp_path, reference(folder, pooling))


def to_half(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16)


def to_brain(values: np.ndarray) -> np.ndarray:
    return (values.view(np.uint32) >> 16).astype(np.uint16)


@pytest.mark.parametrize(("kind", "change_type"), [("F16", to_half), ("BF16", to_brain)])
def test_every_type(
    folder: Path, tmp_path: Path, kind: str, change_type: Callable[[np.ndarray], np.ndarray]
) -> None:
    expected = reference(folder)
    tensors = {n: change_type(t) if t.dtype == np.float32 else t for n, t in weights().items()}
    write_safetensors(folder / "model.safetensors", tensors, {"uint16": "BF16"})
    check(folder, tmp_path, expected)


def test_the_names_of_older_files(folder: Path, tmp_path: Path) -> None:
    expected = reference(folder)
    change(folder / "config.json", architectures=["BertForMaskedLM"])
    renamed = {}
    for name, tensor in weights().items():
        part = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        renamed[f"bert.{part}"] = tensor
    renamed["cls.predictions.bias"] = np.zeros(len(VOCABULARY), np.float32)
    write_safetensors(folder / "model.safetensors", renamed)
    check(folder, tmp_path, expected)


def test_the_folders_of_older_models(folder: Path, tmp_path: Path) -> None:
    """The transformer used to have a folder of its own."""
    expected = reference(folder)
    (folder / "0_BERT").mkdir()
    for file in ("config.json", "sentence_bert_config.json", "tokenizer_config.json", "vocab.txt"):
        (folder / file).rename(folder / "0_BERT" / file)
    (folder / "model.safetensors").rename(folder / "0_BERT" / "model.safetensors")
    kinds = [("0_BERT", "Transformer"), ("1_Pooling", "Pooling")]
    write_json(folder / "modules.json", [{"path": p, "type": f"a.b.{kind}"} for p, kind in kinds])
    check(folder, tmp_path, expected)


def test_a_bare_bert_model_is_pooled_by_its_mean(folder: Path, tmp_path: Path) -> None:
    expected = reference(folder)
    for file in ("modules.json", "sentence_bert_config.json", "tokenizer_config.json"):
        (folder / file).unlink()
    write_json(folder / "tokenizer.json", tokenizer_json())
    converted = convert(folder, Destination(tmp_path, "small"))
    assert (expected * embed(converted.path)).sum(axis=1).min() >= LEAST_COSINE
    assert converted.model.context_tokens == POSITIONS
    assert converted.model.notes == (
        "The folder has no modules.json: a text's vector is the mean of its tokens'.",
    )
