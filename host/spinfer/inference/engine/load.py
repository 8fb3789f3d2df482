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
from spinfer.inference.engine.room import Room
from spinfer.inference.engine.runner import LlamaRunner
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.sequence import Sequence
from spinfer.inference.engine.sizes import EngineSettings, Sizes
from spinfer.inference.engine.thread import EngineThread

_logger = logging.getLogger(__name__)


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
    room = Room.measure(name, path, settings, claim)
    room.check()
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


def _start(name: str, path: Path, model: Model, settings: EngineSettings, room: Room) -> Loaded:
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


def _start_generator(model: Model, settings: EngineSettings, threads: int, room: Room) -> LoadedGenerator:
    size = sizes.for_generation(settings, model.info)
    room.check_cache(model.info)
    context = _context(model, size, threads, Pooling.NONE)
    cache = KVCache(context.cells, size.sequences, keep=size.keep, window=size.window)
    scheduler = Scheduler(cache, batch_tokens=context.batch_tokens, parallel=size.parallel)
    engine = Engine(scheduler, LlamaRunner(model, context))
    thread = EngineThread(room.name, engine, places=size.parallel, queue=settings.queue)
    return LoadedGenerator(room.path, model, size.context_tokens, thread)


def _start_embedder(model: Model, settings: EngineSettings, threads: int, room: Room) -> LoadedEmbedder:
    size = sizes.for_embedding(settings, model.info)
    room.check_cache(model.info)
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
