"""A sentence embedding in float32, from the published weights and the papers: nothing of it is llama.cpp's.

Devlin et al. 2018 (BERT), Hendrycks & Gimpel 2016 (the exact GELU), Reimers & Gurevych 2019 (pooling).
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def reference_vectors(folder: Path, texts: Sequence[Sequence[int]], pooling: str = "mean") -> Array:
    """The vectors of texts, which are given as tokens with [CLS] and [SEP], one row each.

    In a process of its own, with one thread: numpy's threads wait for each other by spinning, which took
    twenty times as long on two cores with something else to do.
    """
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, __file__, str(folder), pooling],
        input=json.dumps([list(tokens) for tokens in texts]).encode(),
        env={**os.environ, **one_thread},
        stdout=subprocess.PIPE,
        check=True,
    )
    return np.load(io.BytesIO(done.stdout))


class ReferenceBert:
    """The model in a sentence-transformers folder, of which it reads only float32 weights and config.json."""

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        self._layers = config["num_hidden_layers"]
        self._heads = config["num_attention_heads"]
        self._eps = config["layer_norm_eps"]
        self._weights = read_weights(folder / "model.safetensors")

    def embed(self, tokens: Sequence[int], pooling: str) -> Array:
        """The unit vector of one text, from its tokens with [CLS] and [SEP]."""
        hidden = self._embeddings(tokens)
        for layer in range(self._layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        pooled = {"mean": hidden.mean(axis=0), "cls": hidden[0], "last": hidden[-1]}[pooling]
        return pooled / np.linalg.norm(pooled)

    def _embeddings(self, tokens: Sequence[int]) -> Array:
        words, positions, types = (
            self._weights[f"embeddings.{kind}_embeddings.weight"]
            for kind in ("word", "position", "token_type")
        )
        return self._norm(words[list(tokens)] + positions[: len(tokens)] + types[0], "embeddings.LayerNorm")

    def _layer(self, hidden: Array, layer: str) -> Array:
        query, key, value = (
            self._split(self._linear(hidden, f"{layer}attention.self.{part}"))
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[-1]))
        attended = (_softmax(scores) @ value).transpose(1, 0, 2).reshape(hidden.shape)
        attended = self._linear(attended, f"{layer}attention.output.dense")
        hidden = self._norm(hidden + attended, f"{layer}attention.output.LayerNorm")
        inner = _gelu(self._linear(hidden, f"{layer}intermediate.dense"))
        return self._norm(hidden + self._linear(inner, f"{layer}output.dense"), f"{layer}output.LayerNorm")

    def _split(self, values: Array) -> Array:
        """(tokens, width) → (heads, tokens, width of a head)."""
        return values.reshape(len(values), self._heads, -1).transpose(1, 0, 2)

    def _linear(self, values: Array, name: str) -> Array:
        return values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, values: Array, name: str) -> Array:
        centred = values - values.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(self._eps))
        return centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def read_weights(path: Path) -> dict[str, Array]:
    """The float32 tensors of a .safetensors file."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    entries = {name: entry for name, entry in json.loads(raw[8:start]).items() if name != "__metadata__"}
    return {
        name: _tensor(raw, start + entry["data_offsets"][0], entry["shape"])
        for name, entry in entries.items()
        if entry["dtype"] == "F32"
    }


def _tensor(raw: bytes, start: int, shape: Sequence[int]) -> Array:
    return np.frombuffer(raw, "<f4", int(np.prod(shape)), start).reshape(shape).copy()  # copied: aligned


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _gelu(x: Array) -> Array:
    return x * (1 + _erf(x * np.float32(np.sqrt(0.5)))) / 2


def _erf(x: Array) -> Array:
    """Abramowitz & Stegun 7.1.26: within 1.5e-7 everywhere."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    powers = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - powers * np.exp(-x * x))


if __name__ == "__main__":
    model = ReferenceBert(Path(sys.argv[1]))
    np.save(sys.stdout.buffer, np.stack([model.embed(text, sys.argv[2]) for text in json.load(sys.stdin)]))
