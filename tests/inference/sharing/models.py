"""Models to share: by name, over an engine that waits to be let go, and one that says back what it hears."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np

from fakes.engine_model import RuleRunner
from spinfer.errors import ModelNotSupported
from spinfer.inference.backend import Backend
from spinfer.inference.backends.local import Answering, LocalGenerator
from spinfer.inference.engine.engine import Engine
from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.llama import Model
from spinfer.inference.engine.load import LoadedGenerator
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.thread import EngineThread
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
)


def until(condition: Callable[[], bool]) -> None:
    """For what another thread or process does, and says to nobody."""
    for _ in range(30_000):
        if condition():
            return
        time.sleep(0.001)
    raise AssertionError("it did not come to that within half a minute")


class Named:
    """A catalog of what it is given, which notes what it was asked for."""

    def __init__(self, **models: Backend) -> None:
        self.models = models
        self.asked: list[str] = []

    def get(self, name: str) -> Backend:
        self.asked.append(name)
        if name not in self.models:
            raise ModelNotSupported(f"there is no model '{name}', but {', '.join(self.models)}")
        return self.models[name]


class Echo:
    """Says the prompt back, in two pieces, and notes what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.asked = threading.Event()

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        self.requests.append(request)
        self.asked.set()
        half = len(request.prompt) // 2
        for text in (request.prompt[:half], request.prompt[half:]):
            if text:
                yield Piece(text)
        yield Completion(request.prompt, FinishReason.STOP, len(request.prompt), 2, seed=request.seed or 0)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        lengths = [[len(text), 1] for text in request.texts]
        return Embeddings(np.array(lengths, np.float32).reshape(-1, 2), len(lengths))

    def summary(self) -> str:
        return "says it back"

    def close(self) -> None:
        pass


class Gated:
    """A backend over a model that answers by rule, and computes nothing before its gate is opened."""

    def __init__(self, path: Path) -> None:
        self.runner = RuleRunner(600, 64, gated=True)
        self.cache = KVCache(600, 6, keep=600)
        engine = Engine(Scheduler(self.cache, batch_tokens=64, parallel=4), self.runner)
        self._thread = EngineThread("m", engine, places=4, queue=8)
        loaded = LoadedGenerator(path, Model(path), 512, self._thread)
        self.backend = LocalGenerator("m", loaded, Answering())

    @property
    def callers(self) -> int:
        return self._thread.callers

    @property
    def cancelled(self) -> int:
        return self.backend.counters.cancelled
