"""What fits into how much memory, and what is suggested where a model does not."""

from __future__ import annotations

import dataclasses
import re

import pytest

from fakes.engine_info import LLAMA_8B
from spinfer.inference.engine import memory
from spinfer.inference.engine.sizes import EngineSettings

WEIGHTS = 8_500_000_000
"""Of Q8_0."""
PARAMETERS = 8_030_000_000
SETTINGS = EngineSettings(context_tokens=8192)
EMBEDDER = dataclasses.replace(
    LLAMA_8B, metadata={"general.architecture": "llama", "llama.pooling_type": "3"}
)


def test_what_it_needs() -> None:
    needs = memory.needs(SETTINGS, LLAMA_8B, WEIGHTS)
    assert needs.cache == (8192 + 4096) * LLAMA_8B.cache_bytes_per_token, "half a context is kept"
    assert needs.total == WEIGHTS + needs.cache + memory.BUFFERS_BYTES
    assert needs.parts == "8.5 GB of weights, 1.6 GB of KV cache, 67 MB of buffers"


@pytest.mark.parametrize("available", [8_750_000_000, 9_000_000_000, 9_600_000_000])
@pytest.mark.parametrize("settings", [SETTINGS, EngineSettings(cache_tokens=100_000)])
def test_the_cache_that_is_suggested_fits_and_no_larger_one_does(
    available: int, settings: EngineSettings
) -> None:
    said = memory.fitting(settings, LLAMA_8B, WEIGHTS, PARAMETERS, available)
    (found,) = re.findall(r"`cache_tokens = (\d+)`", said)
    smaller = dataclasses.replace(settings, cache_tokens=int(found))
    larger = dataclasses.replace(settings, cache_tokens=int(found) + memory.LEAST_CELLS)
    assert memory.needs(smaller, LLAMA_8B, WEIGHTS).total <= available
    assert memory.needs(larger, LLAMA_8B, WEIGHTS).total > available


def test_an_embedder_is_given_shorter_texts() -> None:
    settings = EngineSettings(context_tokens=100_000)
    said = memory.fitting(settings, EMBEDDER, WEIGHTS, PARAMETERS, 9_000_000_000)
    (found,) = re.findall(r"`context_tokens = (\d+)`", said)
    smaller = dataclasses.replace(settings, context_tokens=int(found))
    assert memory.needs(smaller, EMBEDDER, WEIGHTS).total <= 9_000_000_000


@pytest.mark.parametrize(
    ("available", "quantization"),
    [(7_000_000_000, "Q6_K"), (6_000_000_000, "Q5_K_M"), (5_100_000_000, "Q4_K_M"), (3_500_000_000, "Q2_K")],
)
def test_the_best_quantization_that_fits(available: int, quantization: str) -> None:
    said = memory.fitting(SETTINGS, LLAMA_8B, WEIGHTS, PARAMETERS, available)
    assert said.startswith(f"Quantized to {quantization} it would have about ")
    assert f"spinfer models quantize NAME {quantization} --as NAME2" in said


def test_a_quantization_is_suggested_only_where_it_makes_the_model_smaller() -> None:
    said = memory.fitting(SETTINGS, LLAMA_8B, 4_900_000_000, PARAMETERS, 4_500_000_000)
    assert said.startswith("Quantized to Q3_K_M")


def test_a_model_that_is_far_too_large() -> None:
    said = memory.fitting(SETTINGS, LLAMA_8B, WEIGHTS, PARAMETERS, 2_000_000_000)
    assert said == ("A model of 3.0 billion parameters in Q4_K_M would fit.")
    nothing = memory.fitting(SETTINGS, LLAMA_8B, WEIGHTS, PARAMETERS, 10_000_000)
    assert nothing == "Only a much smaller model would fit."
