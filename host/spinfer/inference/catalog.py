"""Model names → Backends: where each comes from, loaded once, shared where it is the same."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spinfer import builtin
from spinfer.config.models import ModelConfig
from spinfer.config.remote import RemoteConfig
from spinfer.downloads.amounts import amount
from spinfer.errors import Cancelled, InferenceFailed, ModelError, ModelNotSupported, Problem
from spinfer.inference.backend import Backend
from spinfer.inference.backends.builtin import BuiltinBackend
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.engine.sizes import Adapter, EngineSettings
from spinfer.inference.model_file import check_file, fingerprint
from spinfer.inference.names import Names
from spinfer.inference.residents import Claim, NoRoom, Residents, Wish
from spinfer.model_store.local import LocalModels

if TYPE_CHECKING:
    from spinfer.inference.backends.on_demand import OnDemand
    from spinfer.inference.engine.load import Loaded
    from spinfer.web.client import WebClient

MOST_NAMES = 1000
"""Names that are remembered, the latest: where there is ANY, guests can think of as many as they like."""


class Catalog:
    """The models that an app may be given. Every method may be called from any thread.

    A name is looked for as names.py says: in `table`, in `folder`, and with `local`. Nothing is loaded before
    it is asked for, or preload() is; `progress` hears the name and numbers up to 1 while a file loads. All
    that is loaded together takes at most `memory_bytes`, roughly: what is idle makes room.
    """

    def __init__(
        self,
        table: Mapping[str, ModelConfig],
        folder: Path | None = None,
        *,
        local: LocalModels | None = None,
        progress: Callable[[str, float], None] | None = None,
        memory_bytes: int | None = None,
    ) -> None:
        self._names = Names(table, folder, local)
        self._progress = progress
        self._lock = threading.Lock()
        self._served: dict[str, _Served] = {}
        self._files: Residents[_File, Loaded] = Residents(memory_bytes)
        self._closing = Cancellation()
        self._web: WebClient | None = None

    def __repr__(self) -> str:
        return f"<Catalog {', '.join(sorted(self._names.configured)) or 'empty'}>"

    def serves(self, name: str) -> bool:
        """Whether there is a source for this name; the file may still turn out to be no model."""
        return self._config(name) is not None

    def where(self, name: str) -> str | None:
        """For a person: where the model comes from."""
        config = self._config(name)
        if config is None:
            return None
        if config.path is not None:
            origin = self._names.origin(name)
            return f"{config.path} ({origin})" if origin else str(config.path)
        if config.remote is not None:
            return config.remote.url
        return "built in" if config.builtin else "mock"

    def check(self, names: Iterable[str]) -> tuple[Problem, ...]:
        """What would keep these names from being served, as far as it shows without loading."""
        problems: list[Problem] = []
        for name in names:
            config = self._config(name)
            if config is None:
                problems.append(self._names.missing(printable(name), name))
            else:
                problems.extend(_missing_files(name, config))
        return tuple(problems)

    def preload(self) -> None:
        """Load what the table wants loaded from the start. Raises ModelError, that lists every mistake."""
        problems: list[Problem] = []
        for name, config in self._names.configured.items():
            if config.preload:
                try:
                    self.load(name)
                except ModelError as e:
                    problems.extend(e.problems)
        if problems:
            raise ModelError.listing(problems)

    def load(self, name: str) -> Backend:
        """For the operator: the model, loaded now if it was not. Raises ModelNotSupported or ModelError."""
        served = self._serve(name)
        for part in served.parts:
            part.load()
        return served.backend

    def borrow(self, name: str) -> AbstractContextManager[tuple[Loaded, Backend]] | None:
        """For the operator: the file behind this name, the one that generates, loaded while the block runs.

        None for a model that has no file. Raises ModelNotSupported, and ModelError on entering the block.
        """
        parts = self._serve(name).parts
        return parts[0].borrowed() if parts else None

    def get(self, name: str) -> Backend:
        """For a guest: the model, which is loaded when it is asked; one that cannot be is an InferenceFailed.

        Raises ModelNotSupported.
        """
        return self._serve(name).backend

    def close(self) -> None:
        """End everything under way, loads too, and free it. Twice is no mistake."""
        self._closing.cancel()
        self._files.close()
        with self._lock:
            served = list(self._served.values())
            web, self._web = self._web, None
        for each in served:
            each.backend.close()
        if web is not None:
            web.close()

    def _serve(self, name: str) -> _Served:
        config = self._config(name)
        if config is None:
            raise ModelNotSupported(str(self._names.missing(printable(name), name)))
        with self._lock:
            if self._closing.cancelled:
                raise InferenceFailed("the host is shutting down")
            served = self._served.get(name)
            if served is None or served.config != config:
                served = self._served[name] = self._open(printable(name), config)
            if len(self._served) > MOST_NAMES:
                del self._served[next(iter(self._served))]
            return served

    def _config(self, name: str) -> ModelConfig | None:
        return self._names.own(name) or self._outlived(name) or self._names.otherwise(name)

    def _outlived(self, name: str) -> ModelConfig | None:
        """What was found in the folder, and is in memory although its file is gone."""
        with self._lock:
            served = self._served.get(name)
        if served is None or name in self._names.configured or served.config.path is None:
            return None
        paths = {loaded.path for loaded in self._files.loaded()}
        return served.config if served.config.path.resolve() in paths else None

    def _open(self, name: str, config: ModelConfig) -> _Served:
        if config.mock is not None:
            return _Served(config, MockBackend(name, config.mock))
        if config.remote is not None:
            return _Served(config, self._open_remote(name, config, config.remote))
        if config.builtin:
            chat = self._open_file(name, builtin.CHAT_MODEL, config, chat=config.prompt != "raw")
            plain = {"context_tokens": None, "cache_tokens": None, "lora": ()}
            small = config.model_copy(update=plain)
            embedding = self._open_file(name, builtin.EMBEDDING_MODEL, small, chat=False)
            return _Served(config, BuiltinBackend(chat, embedding), (chat, embedding))
        assert config.path is not None
        file = self._open_file(name, config.path, config, chat=config.prompt == "chat")
        return _Served(config, file, (file,))

    def _open_remote(self, name: str, config: ModelConfig, remote: RemoteConfig) -> Backend:
        # imported here: an HTTP client takes time to import, which an app with other models need not spend
        from spinfer.inference.backends.remote import RemoteBackend  # noqa: PLC0415
        from spinfer.inference.remote.open_ai_request import Asking  # noqa: PLC0415
        from spinfer.web.client import WebClient  # noqa: PLC0415

        if self._web is None:
            self._web = WebClient()
        asking = Asking(remote.model or name, config.prompt == "raw", config.stop, config.seed)
        return RemoteBackend(name, remote, asking, self._web)

    def _open_file(self, name: str, path: Path, config: ModelConfig, *, chat: bool) -> OnDemand:
        # imported here: llama.cpp takes a third of a second, which an app with other models need not spend
        from spinfer.inference.backends.local import Answering  # noqa: PLC0415
        from spinfer.inference.backends.on_demand import OnDemand  # noqa: PLC0415
        from spinfer.inference.opening import Opening  # noqa: PLC0415

        answering = Answering(chat=chat, stop=config.stop, seed=config.seed, truncate=config.truncate)
        opening = Opening(name, answering, grammar=config.grammar, json_schema=config.json_schema)
        file = _File(path.resolve(), engine_settings(config))

        def using(cancellation: Cancellation) -> AbstractContextManager[Loaded]:
            wish = Wish(file, file.version, lambda claim: self._load(name, file, claim), config.keep_alive_s)
            return self._files.using(wish, cancellation)

        return OnDemand(name, using, opening.open, lambda: self._files.discard(file))

    def _load(self, name: str, file: _File, claim: Claim) -> Loaded:
        from spinfer.inference.engine.load import load  # noqa: PLC0415 - as above
        from spinfer.inference.engine.room import Room  # noqa: PLC0415 - as above

        progress = self._progress
        heard = None if progress is None else lambda part: progress(name, part)
        try:
            loaded = load(name, file.path, file.settings, heard, claim=claim, cancellation=self._closing)
        except Cancelled as e:
            if not self._closing.cancelled:
                raise
            raise InferenceFailed("the host is shutting down") from e
        except NoRoom as e:
            needed, limit = amount(e.needed), amount(e.limit)
            raise ModelError(
                f"model '{name}': it needs {needed} of memory, and all models together may use {limit}",
                where=str(file.path),
                cure="Raise `max_models_memory_mib` under [limits] in spinfer.toml. "
                + Room.measure(name, file.path, file.settings).fitting(e.limit),
            ) from e
        self._names.used(file.path)
        return loaded


@dataclass(frozen=True, slots=True)
class _Served:
    """One name's backend, the configuration it was made from, and the files that it loads."""

    config: ModelConfig
    backend: Backend
    parts: tuple[OnDemand, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    """What names share: the same file, with the same settings."""

    path: Path
    settings: EngineSettings

    @property
    def version(self) -> object:
        """What must change before a model that could not be loaded is tried again."""
        return tuple(map(fingerprint, (self.path, *(adapter.path for adapter in self.settings.lora))))


def printable(name: str) -> str:
    """A name that a guest has chosen, for a terminal: what controls one is escaped, what is long is cut."""
    shown = name if len(name) <= 100 else f"{name[:99]}…"
    return shown if shown.isprintable() else repr(shown)[1:-1]


def _missing_files(name: str, config: ModelConfig) -> Iterator[Problem]:
    for path in (config.path, *(each.path for each in config.lora)):
        if path is not None:
            try:
                check_file(name, path)
            except ModelError as e:
                yield from e.problems
    for key, path in (("grammar", config.grammar), ("json_schema", config.json_schema)):
        if path is not None and not path.is_file():
            cure = f"Put the file there, or correct `{key}` in spinfer.toml."
            yield Problem(f"model '{name}': there is no such file", str(path), cure)


def engine_settings(config: ModelConfig) -> EngineSettings:
    """What the engine needs to know of a model's configuration."""
    return EngineSettings(
        context_tokens=config.context_tokens,
        cache_tokens=config.cache_tokens,
        batch_tokens=config.batch_tokens,
        parallel=config.parallel,
        queue=config.queue,
        threads=config.threads,
        gpu_layers=config.gpu_layers,
        deterministic=config.deterministic,
        lora=tuple(Adapter(each.path.resolve(), each.scale) for each in config.lora),
    )
