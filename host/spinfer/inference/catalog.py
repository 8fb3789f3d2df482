"""Model names → Backends: where each comes from, loaded once, shared where it is the same."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spinfer import builtin
from spinfer.config.models import ModelConfig
from spinfer.errors import InferenceFailed, ModelError, ModelNotSupported, Problem
from spinfer.inference.backend import Backend
from spinfer.inference.backends.builtin import BuiltinBackend
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.engine.sizes import EngineSettings
from spinfer.inference.model_file import check_file, fingerprint, named_file
from spinfer.inference.once import Once

if TYPE_CHECKING:
    from spinfer.inference.engine.load import Loaded

_logger = logging.getLogger(__name__)

ANY = "*"
"""The name in the table that stands for every name without an entry of its own."""


class Catalog:
    """The models that an app may be given. Every method may be called from any thread.

    A name is looked for in `table`, then as `<folder>/<name>.gguf`, then under `*` in the table. Nothing is
    loaded before it is asked for; `progress` hears the name and numbers up to 1 while a file loads.
    """

    def __init__(
        self,
        table: Mapping[str, ModelConfig],
        folder: Path | None = None,
        *,
        progress: Callable[[str, float], None] | None = None,
    ) -> None:
        self._table = dict(table)
        self._folder = folder
        self._progress = progress
        self._backends: Once[str, Backend] = Once()
        self._files: Once[tuple[Path, EngineSettings], Loaded] = Once()
        self._closed = threading.Event()

    def __repr__(self) -> str:
        return f"<Catalog {', '.join(sorted(self._table)) or 'empty'}>"

    def serves(self, name: str) -> bool:
        """Whether there is a source for this name; the file may still turn out to be no model."""
        return self._config(name) is not None

    def where(self, name: str) -> str | None:
        """For a person: where the model comes from."""
        config = self._config(name)
        if config is None or config.path is not None:
            return None if config is None else str(config.path)
        return "built in" if config.builtin else "mock"

    def check(self, names: Iterable[str]) -> tuple[Problem, ...]:
        """What would keep these names from being served, as far as it shows without loading."""
        problems: list[Problem] = []
        for name in names:
            config = self._config(name)
            if config is None:
                problems.append(self._unserved(name))
            elif config.path is not None:
                try:
                    check_file(name, config.path)
                except ModelError as e:
                    problems.extend(e.problems)
        return tuple(problems)

    def load(self, name: str) -> Backend:
        """For the operator: the model, loaded now if it was not. Raises ModelNotSupported or ModelError."""
        config = self._config(name)
        if config is None:
            raise ModelNotSupported(str(self._unserved(name)))
        if self._closed.is_set():
            raise InferenceFailed("the host is shutting down")
        return self._backends.get(name, _version(config), lambda: self._open(name, config))

    def get(self, name: str) -> Backend:
        """For a guest: as load(), but a model that cannot be loaded is an InferenceFailed, and logged."""
        try:
            return self.load(name)
        except ModelError as e:
            _logger.error("%s", e)  # noqa: TRY400 - complete as it is, for the operator
            raise InferenceFailed(f"model '{name}' could not be loaded; the host's log says why") from e

    def close(self) -> None:
        """End everything under way, and free it. Waits for what is being loaded. Twice is no mistake."""
        self._closed.set()
        for backend in self._backends.made():
            backend.close()
        for loaded in self._files.made():
            loaded.close()

    def _config(self, name: str) -> ModelConfig | None:
        if (own := self._table.get(name)) is not None and name != ANY:
            return own
        if self._folder is not None and (path := named_file(self._folder, name)) is not None:
            return ModelConfig(path=path)
        return self._table.get(ANY)

    def _unserved(self, name: str) -> Problem:
        known = ", ".join(f"'{known}'" for known in sorted(self._table)) or "none"
        file = f"{self._folder}/{name}.gguf" if self._folder is not None else None
        ways = [
            f'write [models."{name}"] with path = "….gguf" or builtin = true into spinfer.toml',
            *([f"put the model file at {file}"] if file else []),
            f"pass --model '{name}=path.gguf'",
        ]
        cure = "To add it: " + "; or ".join(ways) + "."
        return Problem(f"there is no model '{name}' (configured: {known})", cure=cure)

    def _open(self, name: str, config: ModelConfig) -> Backend:
        if config.mock is not None:
            return MockBackend(name, config.mock)
        if config.builtin:
            chat = self._open_file(name, builtin.CHAT_MODEL, config, chat=config.prompt != "raw")
            small = config.model_copy(update={"context_tokens": None, "cache_tokens": None})
            return BuiltinBackend(chat, self._open_file(name, builtin.EMBEDDING_MODEL, small, chat=False))
        assert config.path is not None
        return self._open_file(name, config.path, config, chat=config.prompt == "chat")

    def _open_file(self, name: str, path: Path, config: ModelConfig, *, chat: bool) -> Backend:
        # imported here: llama.cpp takes a third of a second, which an app with other models need not spend
        from spinfer.inference.backends.local import Answering, open_local  # noqa: PLC0415

        answering = Answering(chat=chat, stop=config.stop, seed=config.seed, truncate=config.truncate)
        return open_local(name, self._load_file(name, path, _settings(config)), answering)

    def _load_file(self, name: str, path: Path, settings: EngineSettings) -> Loaded:
        from spinfer.inference.engine.load import load  # noqa: PLC0415 - as above

        progress = self._progress
        heard = None if progress is None else lambda part: progress(name, part)
        key = (path.resolve(), settings)
        return self._files.get(key, fingerprint(path), lambda: load(name, path, settings, heard))


def _settings(config: ModelConfig) -> EngineSettings:
    return EngineSettings(
        context_tokens=config.context_tokens,
        cache_tokens=config.cache_tokens,
        batch_tokens=config.batch_tokens,
        parallel=config.parallel,
        queue=config.queue,
        threads=config.threads,
        gpu_layers=config.gpu_layers,
        deterministic=config.deterministic,
    )


def _version(config: ModelConfig) -> object:
    """What must change before a model that could not be loaded is tried again."""
    paths = (builtin.CHAT_MODEL, builtin.EMBEDDING_MODEL) if config.builtin else (config.path,)
    return tuple(fingerprint(path) for path in paths if path is not None)
