from __future__ import annotations

import dataclasses

import pytest

from fakes.engine_info import LLAMA_8B, SMALL
from spinfer.inference.engine.model_info import ModelInfo, Pooling, Purpose
from spinfer.inference.engine.sizes import EngineSettings, for_embedding, for_generation


def stating(info: ModelInfo = LLAMA_8B, **metadata: str) -> ModelInfo:
    named = {f"llama.{key.replace('__', '.')}": value for key, value in metadata.items()}
    return dataclasses.replace(info, metadata={**info.metadata, **named})


def test_what_a_token_costs_in_the_cache() -> None:
    assert LLAMA_8B.cache_bytes_per_token == 128 << 10
    assert stating(attention__key_length="64", attention__value_length="64").cache_bytes_per_token == 64 << 10


def test_a_large_models_cache_is_bounded_by_memory_and_shared() -> None:
    sizes = for_generation(EngineSettings(), LLAMA_8B)
    assert sizes.context_tokens == 4096
    assert sizes.cells * LLAMA_8B.cache_bytes_per_token == 1 << 30
    assert (sizes.parallel, sizes.sequences, sizes.batch_tokens) == (16, 16, 512)


def test_a_small_models_cache_holds_everybodys_context() -> None:
    sizes = for_generation(EngineSettings(), SMALL)
    assert sizes.context_tokens == 512
    assert sizes.cells == 512 * 16


def test_at_least_one_request_of_full_length_fits() -> None:
    sizes = for_generation(EngineSettings(context_tokens=100_000), LLAMA_8B)
    assert sizes.context_tokens == 100_000
    assert sizes.cells >= 100_000


def test_nobody_gets_more_context_than_the_model_was_trained_on_or_the_cache_holds() -> None:
    assert for_generation(EngineSettings(context_tokens=9999), SMALL).context_tokens == 512
    assert for_generation(EngineSettings(cache_tokens=300), SMALL).context_tokens == 300


@pytest.mark.parametrize("parallel", [1, 16, 255, 256])
@pytest.mark.parametrize("cache", [16, 300, None])
@pytest.mark.parametrize("batch", [16, 512, 5000])
def test_what_the_scheduler_and_llama_cpp_require(parallel: int, cache: int | None, batch: int) -> None:
    sizes = for_generation(EngineSettings(parallel=parallel, cache_tokens=cache, batch_tokens=batch), SMALL)
    assert sizes.parallel < sizes.batch_tokens <= sizes.cells
    assert sizes.parallel <= sizes.sequences <= 256
    assert sizes.context_tokens <= sizes.cells


def test_deterministic_is_one_at_a_time_from_an_empty_cache() -> None:
    sizes = for_generation(EngineSettings(deterministic=True), SMALL)
    assert (sizes.parallel, sizes.keep) == (1, 0)


def test_a_model_that_keeps_a_state_cannot_share_beginnings() -> None:
    sizes = for_generation(EngineSettings(), dataclasses.replace(SMALL, is_recurrent=True))
    assert (sizes.keep, sizes.sequences) == (0, sizes.parallel)
    assert for_generation(EngineSettings(), SMALL).keep == 512


def test_an_embedders_batch_holds_a_whole_text() -> None:
    sizes = for_embedding(EngineSettings(batch_tokens=16), SMALL)
    assert sizes.context_tokens == sizes.batch_tokens == 512
    assert for_embedding(EngineSettings(context_tokens=100), SMALL).context_tokens == 100


@pytest.mark.parametrize(
    ("metadata", "pooling", "purpose"),
    [
        ({}, Pooling.NONE, Purpose.GENERATE),
        ({"pooling_type": "0"}, Pooling.NONE, Purpose.GENERATE),
        ({"attention__causal": "false", "pooling_type": "2"}, Pooling.CLS, Purpose.EMBED),
        ({"attention__causal": "false"}, Pooling.MEAN, Purpose.EMBED),
        ({"attention__causal": "false", "pooling_type": "0"}, Pooling.MEAN, Purpose.EMBED),
        ({"pooling_type": "3"}, Pooling.LAST, Purpose.EMBED),
        ({"pooling_type": "4"}, Pooling.RANK, Purpose.NEITHER),
        ({"pooling_type": "77"}, Pooling.NONE, Purpose.GENERATE),
    ],
)
def test_what_a_model_is_made_for(metadata: dict[str, str], pooling: Pooling, purpose: Purpose) -> None:
    info = stating(**metadata)
    assert (info.pooling, info.purpose) == (pooling, purpose)


def test_a_model_that_needs_an_encoder_is_for_neither() -> None:
    assert dataclasses.replace(LLAMA_8B, needs_encoder=True).purpose is Purpose.NEITHER
