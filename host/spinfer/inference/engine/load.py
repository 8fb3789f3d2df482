"""A GGUF file → a model ready to work, on a thread of its own; or a sentence that says why not."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spinfer.errors import ModelError
from spinfer.inference.cancellation import Cancellation
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
BUFFERS_BYTES = 64 << 20
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
    name: str,
    path: Path,
    settings: EngineSettings,
    progress: Callable[[float], None] | None = None,
    *,
    claim: Callable[[int], None] = lambda needed: None,
    cancellation: Cancellation | None = None,
) -> Loaded:
    """Load `path`; takes seconds for large files, of which `progress` hears as numbers up to 1.

    `claim` hears how many bytes it takes, as far as that is known, before it takes them; what it raises ends
    the load. So does cancelling, with Cancelled.
    Raises ModelError: no such file, not GGUF, damaged, too large for the memory there is, of no use here.
    """
    began = time.monotonic()
    room = _Room(name, path, _weigh(name, path, settings), claim)
    room.for_weights(mapped=settings.gpu_layers == 0)
    try:
        model = Model(path, gpu_layers=settings.gpu_layers, progress=progress, cancellation=cancellation)
    except CannotLoad as e:
        raise _unloadable(name, path, e) from e
    try:
        _adapt(name, model, settings)
        loaded = _start(name, path, model, settings, room)
    except BaseException:
        model.close()
        raise
    took = time.monotonic() - began
    _logger.info("model '%s': %s, loaded from %s in %.1f s", name, model.info.description, path, took)
    return loaded


def _weigh(name: str, path: Path, settings: EngineSettings) -> int:
    """Bytes of all the files. Raises ModelError."""
    files = (path, *(adapter.path for adapter in settings.lora))
    for file in files:
        check_file(name, file)
    return sum(file.stat().st_size for file in files)


def _adapt(name: str, model: Model, settings: EngineSettings) -> None:
    for adapter in settings.lora:
        try:
            model.add_adapter(adapter.path, adapter.scale)
        except CannotLoad as e:
            raise ModelError(
                f"model '{name}': llama.cpp cannot use this LoRA adapter ({e})",
                where=str(adapter.path),
                cure="Use an adapter that was made for this model, or take it out of `lora` in spinfer.toml.",
            ) from e


def _start(name: str, path: Path, model: Model, settings: EngineSettings, room: _Room) -> Loaded:
    threads = settings.threads or machine.threads_for(model.info)
    try:
        match model.info.purpose:
            case Purpose.GENERATE:
                return _start_generator(model, settings, threads, room)
            case Purpose.EMBED:
                return _start_embedder(model, settings, threads, room)
            case Purpose.NEITHER:
                raise _useless(name, path, model.info)
    except CannotLoad as e:
        raise _unloadable(name, path, e) from e


def _start_generator(model: Model, settings: EngineSettings, threads: int, room: _Room) -> LoadedGenerator:
    size = sizes.for_generation(settings, model.info)
    room.for_cache(model.info, size)
    context = _context(model, size, threads, Pooling.NONE)
    cache = KVCache(context.cells, size.sequences, keep=size.keep)
    scheduler = Scheduler(cache, batch_tokens=context.batch_tokens, parallel=size.parallel)
    engine = Engine(scheduler, LlamaRunner(model, context))
    thread = EngineThread(room.name, engine, places=size.parallel, queue=settings.queue)
    return LoadedGenerator(room.path, model, size.context_tokens, thread)


def _start_embedder(model: Model, settings: EngineSettings, threads: int, room: _Room) -> LoadedEmbedder:
    size = sizes.for_embedding(settings, model.info)
    room.for_cache(model.info, size)
    context = _context(model, size, threads, model.info.pooling)
    engine = EmbeddingEngine(LlamaEncoder(context, size.sequences))
    thread = EngineThread(room.name, engine, places=size.parallel, queue=settings.queue)
    return LoadedEmbedder(room.path, model, size.context_tokens, thread)


def _context(model: Model, size: Sizes, threads: int, pooling: Pooling) -> Context:
    return Context(
        model,
        cells=size.cells,
        sequences=size.sequences,
        batch_tokens=size.batch_tokens,
        threads=threads,
        pooling=pooling,
    )


@dataclass(frozen=True, slots=True)
class _Room:
    """The memory that a model takes: first its weights, then, once it is known how large, its cache."""

    name: str
    path: Path
    weights: int
    claim: Callable[[int], None]

    def for_weights(self, *, mapped: bool) -> None:
        """Raises ModelError, or what `claim` raises."""
        self.claim(self.weights + BUFFERS_BYTES)
        if mapped:
            cure = "Free memory, or choose a smaller or more strongly quantized model."
            self._check("its weights need", self.weights, cure)

    def for_cache(self, info: ModelInfo, size: Sizes) -> None:
        """The weights are mapped by now, and what is read of them counts as memory that can be taken back."""
        cache = size.cells * info.cache_bytes_per_token
        self.claim(self.weights + cache + BUFFERS_BYTES)
        cure = "Free memory, or lower `cache_tokens` or `context_tokens` of this model in spinfer.toml."
        self._check("its KV cache needs", cache, cure)

    def _check(self, part: str, taken: int, cure: str) -> None:
        available = machine.available_memory()
        needed = taken + BUFFERS_BYTES
        if available is not None and needed > available:
            have = f"{gigabytes(available)} of memory are available"
            what = f"model '{self.name}': {part} {gigabytes(needed)}, and {have}"
            raise ModelError(what, where=str(self.path), cure=cure)


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


def gigabytes(count: int) -> str:
    """For a message."""
    return f"{count / 1e9:.1f} GB"
