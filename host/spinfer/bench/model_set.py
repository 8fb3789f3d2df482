"""The models of an experiment: loaded and timed one after the other, described, their tokenizers at hand."""

from __future__ import annotations

import hashlib
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinfer import builtin
from spinfer.bench.generated import Generator
from spinfer.config.models import ModelConfig
from spinfer.errors import ConfigError, InferenceError, Problem
from spinfer.inference.backends.local import LocalGenerator
from spinfer.inference.catalog import Catalog
from spinfer.inference.engine import machine
from spinfer.inference.engine.load import LoadedGenerator
from spinfer.inference.engine.scoring import Scorer


@dataclass(frozen=True, slots=True)
class _Model:
    """A model with a file: `loaded` and `backend` are good while it is borrowed."""

    loaded: LoadedGenerator
    backend: LocalGenerator
    threads: int


class ModelSet:
    """Models by the name that cells call them. Main thread."""

    def __init__(self, catalog: Catalog, models: Mapping[str, ModelConfig]) -> None:
        self._catalog = catalog
        self._models = dict(models)
        self._generators: dict[str, Generator] = {}

    def load(self, name: str) -> dict[str, Any]:
        """Load it, and say what it is and how long that took. Raises ModelError or ConfigError."""
        began = time.monotonic()
        self._catalog.load(name)
        took = time.monotonic() - began
        config = self._models[name]
        facts: dict[str, Any] = {
            "name": name,
            "source": self._catalog.where(name),
            "cold_load_s": round(took, 6),
        }
        with self._borrowed(name) as model:
            if model is None:
                return facts
            info, path = model.loaded.model.info, model.loaded.path
            facts.update(
                file=path.name,
                sha256=_sha256(path),
                file_bytes=path.stat().st_size,
                description=info.description,
                threads=model.threads,
                context_tokens=model.loaded.context_tokens,
                parallel=config.parallel,
                prompt=config.prompt or ("chat" if config.builtin else "raw"),
            )
        return facts

    def check(self, name: str, prompts: Mapping[str, str]) -> list[Problem]:
        """What keeps the model from answering these prompts (id → text)."""
        found = []
        with self._borrowed(name) as model:
            if model is None:
                return []
            for id, text in prompts.items():
                try:
                    model.backend.tokenize(text)
                except InferenceError as e:
                    shown = text if len(text) <= 40 else f"{text[:39]}…"
                    found.append(
                        Problem(str(e), f"prompt {id} ({shown!r})", "Shorten it, or raise `context_tokens`.")
                    )
        return found

    def generated(self, name: str, tokens: int, seed: str) -> str:
        """A prompt of exactly so many tokens of this model. Raises ConfigError."""
        with self._borrowed(name) as model:
            if model is None:
                raise ConfigError(
                    f"model '{name}' has no tokenizer to count with",
                    where="--prompt-tokens",
                    cure="Name a GGUF file.",
                )
            if name not in self._generators:
                self._generators[name] = Generator(name, model.backend.tokenize)
            if tokens >= model.loaded.context_tokens:
                raise ConfigError(
                    f"prompts of {tokens} tokens leave no room for an answer: the context of model '{name}' "
                    f"holds {model.loaded.context_tokens}",
                    where="--prompt-tokens",
                    cure="Ask for fewer, or raise `context_tokens`.",
                )
            return self._generators[name].prompt(tokens, seed)

    @contextmanager
    def scoring(self, name: str) -> Iterator[Scores | None]:
        """None for a model that has no file, and so no probabilities."""
        with self._borrowed(name) as model:
            if model is None:
                yield None
                return
            context, threads = model.loaded.context_tokens, model.threads
            with Scorer(model.loaded.model, context_tokens=context, threads=threads) as scorer:
                yield Scores(scorer, model.backend)

    @contextmanager
    def _borrowed(self, name: str) -> Iterator[_Model | None]:
        lent = self._catalog.borrow(name)
        if lent is None:
            yield None
            return
        with lent as (loaded, backend):
            if not isinstance(loaded, LoadedGenerator) or not isinstance(backend, LocalGenerator):
                raise ConfigError(
                    f"model '{name}' embeds text; it does not generate it",
                    where="--model",
                    cure="Name a model that continues text.",
                )
            threads = self._models[name].threads or machine.threads_for(loaded.model.info)
            yield _Model(loaded, backend, threads)


class Scores:
    """Mean log-probabilities of answers, under one model."""

    def __init__(self, scorer: Scorer, backend: LocalGenerator) -> None:
        self._scorer = scorer
        self._backend = backend

    def mean(self, prompt: str, tokens: tuple[int, ...]) -> float:
        """Of an answer of at least one token; natural logarithms."""
        return float(self._scorer.score(self._backend.tokenize(prompt), array("i", tokens)).mean())


def paths(config: ModelConfig) -> Path | None:
    """The file that generates."""
    return builtin.CHAT_MODEL if config.builtin else config.path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
