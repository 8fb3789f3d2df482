"""How much memory a model takes, and what would fit into less. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spinfer.downloads.amounts import amount
from spinfer.inference.engine import sizes
from spinfer.inference.engine.model_info import ModelInfo, Purpose
from spinfer.inference.engine.sizes import EngineSettings, Sizes

BUFFERS_BYTES = 64 << 20
"""What llama.cpp allocates beside weights and cache, roughly."""

LEAST_CELLS = 512
"""A smaller cache is not worth suggesting."""

BITS_PER_WEIGHT = {"Q8_0": 8.5, "Q6_K": 6.6, "Q5_K_M": 5.7, "Q4_K_M": 4.9, "Q3_K_M": 4.0, "Q2_K": 3.2}
"""Of whole model files, from the best: measured by llama.cpp's authors on Llama 3.1 8B (tools/quantize)."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Bytes."""

    weights: int
    cache: int
    """Of the requests under way, and what is kept of finished ones."""

    @property
    def total(self) -> int:
        return self.weights + self.cache + BUFFERS_BYTES

    @property
    def parts(self) -> str:
        """For a person."""
        buffers = amount(BUFFERS_BYTES)
        return f"{amount(self.weights)} of weights, {amount(self.cache)} of KV cache, {buffers} of buffers"


def sizes_for(settings: EngineSettings, info: ModelInfo) -> Sizes:
    """By what the model is made for."""
    embeds = info.purpose is Purpose.EMBED
    return (sizes.for_embedding if embeds else sizes.for_generation)(settings, info)


def needs(settings: EngineSettings, info: ModelInfo, weights: int) -> Needs:
    """With these settings; `weights` are the bytes of all files."""
    size = sizes_for(settings, info)
    return Needs(weights, (size.cells + size.keep) * info.cache_bytes_per_token)


def fitting(settings: EngineSettings, info: ModelInfo, weights: int, parameters: int, available: int) -> str:
    """What would fit into `available` bytes, in one sentence: a smaller cache, weights, or another model."""
    if (smaller := _smaller_cache(settings, info, weights, available)) is not None:
        return f"With `{smaller}` for this model in spinfer.toml it would fit."
    cells = min(LEAST_CELLS, info.trained_context)
    room = available - BUFFERS_BYTES - cells * info.cache_bytes_per_token
    for name, bits in BITS_PER_WEIGHT.items():
        quantized = int(parameters * bits / 8)
        if quantized <= room and quantized < 0.95 * weights:
            return (
                f"Quantized to {name} it would have about {amount(quantized)}, and fit with a small context: "
                f"pull it so, or make it: spinfer models quantize NAME {name} --as NAME2"
            )
    most = room * 8 / BITS_PER_WEIGHT["Q4_K_M"] / 1e9
    if most < 0.1:
        return "Only a much smaller model would fit."
    return f"A model of {most:.1f} billion parameters in Q4_K_M would fit."


def _smaller_cache(settings: EngineSettings, info: ModelInfo, weights: int, available: int) -> str | None:
    """The setting with which it fits, as a line of spinfer.toml; None: none that is of use."""
    per_token = info.cache_bytes_per_token
    free = available - weights - BUFFERS_BYTES
    if per_token == 0 or free < 0:
        return None
    for count in range(free // per_token // LEAST_CELLS * LEAST_CELLS, 0, -LEAST_CELLS):
        if info.purpose is Purpose.EMBED:
            key, smaller = "context_tokens", replace(settings, context_tokens=count)
        else:
            key, smaller = "cache_tokens", replace(settings, cache_tokens=count)
        if needs(smaller, info, weights).total <= available:
            return f"{key} = {count}"
    return None
