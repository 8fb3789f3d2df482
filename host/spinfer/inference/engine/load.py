"""A GGUF file → a model ready to work, on a thread of its own; or a sentence that says why not."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spinfer.errors import ModelError
from spinfer.inference.engine import machine, sizes
from spinfer.inference.engine.embedding import EmbeddingEngine, EmbeddingJob
from spinfer.inference.engine.encoder import LlamaEncoder
from spinfer.inference.engine.engine import Engine
from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.llama import CannotLoad, Context, Model
from spinfer.inference.engine.model_info import ModelInfo, Pooling, Purpose
from spinfer.inference.engine.runner import LlamaRunner
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.sequence import Sequence
from spinfer.inference.engine.sizes import EngineSettings, Sizes
from spinfer.inference.engine.thread import EngineThread
from spinfer.inference.model_file import check_file

_logger = logging.getLogger(__name__)
_BUFFERS_BYTES = 64 << 20
"""What llama.cpp allocates beside weights and cache, roughly."""


@dataclass(frozen=True, slots=True)
class LoadedGenerator:
    """A model that continues prompts; `context_tokens` bounds prompt and answer together."""

    path: Path
    model: Model
    context_tokens: int
    thread: EngineThread[Sequence]

    def close(self) -> None:
        """End what is under way, then free everything."""
        self.thread.close()
        self.model.close()


@dataclass(frozen=True, slots=True)
class LoadedEmbedder:
    """A model that embeds texts of up to `context_tokens`."""

    path: Path
    model: Model
    context_tokens: int
    thread: EngineThread[EmbeddingJob]

    def close(self) -> None:
        """End what is under way, then free everything."""
        self.thread.close()
        self.model.close()


Loaded = LoadedGenerator | LoadedEmbedder


def load(
    name: str, path: Path, settings: EngineSettings, progress: Callable[[float], None] | None = None
) -> Loaded:
    """Load `path`; takes seconds for large files, of which `progress` hears as numbers up to 1.

    Raises ModelError: no such file, not GGUF, damaged, too large for the memory there is, of no use here.
    """
    began = time.monotonic()
    check_file(name, path)
    if settings.gpu_layers == 0:
        _check_memory(name, path, weights=path.stat().st_size, cache=0)
    try:
        model = Model(path, gpu_layers=settings.gpu_layers, progress=progress)
    except CannotLoad as e:
        raise _unloadable(name, path, e) from e
    try:
        loaded = _start(name, path, model, settings)
    except BaseException:
        model.close()
        raise
    took = time.monotonic() - began
    _logger.info("model '%s': %s, loaded from %s in %.1f s", name, model.info.description, path, took)
    return loaded


def _start(name: str, path: Path, model: Model, settings: EngineSettings) -> Loaded:
    threads = settings.threads or machine.threads_for(model.info)
    try:
        match model.info.purpose:
            case Purpose.GENERATE:
                return _start_generator(name, path, model, settings, threads)
            case Purpose.EMBED:
                return _start_embedder(name, path, model, settings, threads)
            case Purpose.NEITHER:
                raise _useless(name, path, model.info)
    except CannotLoad as e:
        raise _unloadable(name, path, e) from e


def _start_generator(
    name: str, path: Path, model: Model, settings: EngineSettings, threads: int
) -> LoadedGenerator:
    size = sizes.for_generation(settings, model.info)
    _check_cache(name, path, model.info, size)
    context = _context(model, size, threads, Pooling.NONE)
    cache = KVCache(context.cells, size.sequences, keep=size.keep)
    scheduler = Scheduler(cache, batch_tokens=context.batch_tokens, parallel=size.parallel)
    engine = Engine(scheduler, LlamaRunner(model, context))
    thread = EngineThread(name, engine, places=size.parallel, queue=settings.queue)
    return LoadedGenerator(path, model, size.context_tokens, thread)


def _start_embedder(
    name: str, path: Path, model: Model, settings: EngineSettings, threads: int
) -> LoadedEmbedder:
    size = sizes.for_embedding(settings, model.info)
    _check_cache(name, path, model.info, size)
    context = _context(model, size, threads, model.info.pooling)
    engine = EmbeddingEngine(LlamaEncoder(context, size.sequences))
    thread = EngineThread(name, engine, places=size.parallel, queue=settings.queue)
    return LoadedEmbedder(path, model, size.context_tokens, thread)


def _context(model: Model, size: Sizes, threads: int, pooling: Pooling) -> Context:
    return Context(
        model,
        cells=size.cells,
        sequences=size.sequences,
        batch_tokens=size.batch_tokens,
        threads=threads,
        pooling=pooling,
    )


def _check_cache(name: str, path: Path, info: ModelInfo, size: Sizes) -> None:
    """The weights are mapped by now, and what is read of them counts as memory that can be taken back."""
    _check_memory(name, path, weights=0, cache=size.cells * info.cache_bytes_per_token)


def _check_memory(name: str, path: Path, *, weights: int, cache: int) -> None:
    available = machine.available_memory()
    needed = weights + cache + _BUFFERS_BYTES
    if available is None or needed <= available:
        return
    part = "its weights need" if weights else "its KV cache needs"
    cure = (
        "Free memory, or choose a smaller or more strongly quantized model."
        if weights
        else "Free memory, or lower `cache_tokens` or `context_tokens` of this model in spinfer.toml."
    )
    what = f"model '{name}': {part} {_gigabytes(needed)}, and {_gigabytes(available)} of memory are available"
    raise ModelError(what, where=str(path), cure=cure)


def _unloadable(name: str, path: Path, error: CannotLoad) -> ModelError:
    said = f" ({error})" if str(error) else ""
    return ModelError(
        f"model '{name}': llama.cpp cannot load this file{said}",
        where=str(path),
        cure="The file may be incomplete, damaged, or newer than this llama.cpp: download it again.",
    )


def _useless(name: str, path: Path, info: ModelInfo) -> ModelError:
    kind = info.metadata.get("general.architecture", "this kind")
    return ModelError(
        f"model '{name}': a model of this kind ({kind}) neither continues text nor embeds it",
        where=str(path),
        cure="Use a model that continues text, or one that embeds it.",
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
