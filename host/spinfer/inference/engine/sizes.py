"""How large a model's context, cache and batches are: from its settings and what its file says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinfer.inference.engine.model_info import ModelInfo

DEFAULT_CONTEXT_TOKENS = 4096
"""Models are trained on up to a million; a cache for that would not fit most machines."""

DEFAULT_CACHE_BYTES = 1 << 30
"""As many full contexts as this holds, at least one, at most one for each request in parallel."""

MOST_SEQUENCES = 256
"""llama.cpp's LLAMA_MAX_SEQ."""

_CELLS_STEP = 256


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter's file, and how much of it is added to the weights."""

    path: Path
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What makes two names of one file share a loaded model. None: decided from the file."""

    context_tokens: int | None = None
    cache_tokens: int | None = None
    batch_tokens: int = 512
    parallel: int = 16
    queue: int = 256
    threads: int | None = None
    gpu_layers: int = 0
    deterministic: bool = False
    lora: tuple[Adapter, ...] = ()


@dataclass(frozen=True, slots=True)
class Sizes:
    """`context_tokens` is one request's span; `cells`, `sequences` and `batch_tokens` are the context's."""

    context_tokens: int
    cells: int
    sequences: int
    batch_tokens: int
    parallel: int
    keep: int = 0
    """Most cells that finished sequences keep."""


def for_generation(settings: EngineSettings, info: ModelInfo) -> Sizes:
    """Twice as many sequences as run: the other half keeps the prefixes of finished ones."""
    context = min(settings.context_tokens or DEFAULT_CONTEXT_TOKENS, info.trained_context)
    parallel = 1 if settings.deterministic else settings.parallel
    reuse = not (settings.deterministic or info.is_recurrent)
    if settings.cache_tokens is None:
        affordable = DEFAULT_CACHE_BYTES // max(1, info.cache_bytes_per_token)
        cells = max(context, min(affordable, context * parallel))
    else:
        cells = settings.cache_tokens
        context = min(context, cells)
    cells = _round_up(max(cells, 2 * parallel))
    return Sizes(
        context_tokens=context,
        cells=cells,
        sequences=min(MOST_SEQUENCES, 2 * parallel if reuse else parallel),
        batch_tokens=min(max(settings.batch_tokens, 2 * parallel), cells),
        parallel=parallel,
        keep=context // 2 if reuse else 0,
    )


def for_embedding(settings: EngineSettings, info: ModelInfo) -> Sizes:
    """A batch holds at least one text of full length, since a text cannot be split over batches."""
    context = min(settings.context_tokens or DEFAULT_CONTEXT_TOKENS, info.trained_context)
    batch = max(context, settings.batch_tokens)
    return Sizes(
        context_tokens=context,
        cells=_round_up(batch),
        sequences=64,
        batch_tokens=batch,
        parallel=settings.parallel,
    )


def _round_up(cells: int) -> int:
    return -(-cells // _CELLS_STEP) * _CELLS_STEP
