"""How large a model's context, cache and batches are: from its settings and what its file says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spinfer.inference.engine.model_info import ModelInfo

DEFAULT_CONTEXT_TOKENS = 4096
"""Models are trained on up to a million; a cache for that would not fit most machines."""

DEFAULT_CACHE_BYTES = 1 << 30
"""As many full contexts as this holds, at least one, at most one for each request in parallel."""

DEFAULT_KEPT_BYTES = 1 << 28
"""What is kept of finished requests for those that begin alike: so much, but from half a context to one."""

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
    """Tokens of finished sequences that are kept outside the cache, for those that begin alike."""
    window: int | None = None
    """As in KVCache."""


def for_generation(settings: EngineSettings, info: ModelInfo) -> Sizes:
    """One context each for all that run, as far as the memory for that goes; shorter ones share it."""
    context = min(settings.context_tokens or DEFAULT_CONTEXT_TOKENS, info.trained_context)
    parallel = 1 if settings.deterministic else settings.parallel
    reuse = not (settings.deterministic or info.is_recurrent)
    per_token = max(1, info.cache_bytes_per_token)
    if settings.cache_tokens is None:
        affordable = DEFAULT_CACHE_BYTES // per_token
        cells = max(context, min(affordable, context * parallel))
    else:
        cells = settings.cache_tokens
        context = min(context, cells)
    cells = _round_up(max(cells, 2 * parallel))
    return Sizes(
        context_tokens=context,
        cells=cells,
        sequences=parallel,
        batch_tokens=min(max(settings.batch_tokens, 2 * parallel), cells),
        parallel=parallel,
        keep=min(context, max(context // 2, DEFAULT_KEPT_BYTES // per_token)) if reuse else 0,
        window=info.window,
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
