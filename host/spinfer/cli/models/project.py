"""The models that a name can stand for, seen from one folder: its spinfer.toml, its files, the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinfer import builtin
from spinfer.assembly.command import MODEL_FOLDER
from spinfer.config import spinfer_toml
from spinfer.config.folders import STATE_FOLDER
from spinfer.config.models import ModelConfig
from spinfer.errors import ModelError
from spinfer.inference.names import ANY, Names
from spinfer.manifest import load as manifests
from spinfer.manifest.load import FILE_NAME
from spinfer.model_store import discover
from spinfer.model_store.local import LocalModels
from spinfer.model_store.manifest import Model
from spinfer.model_store.store import Store

BESIDE = Path(STATE_FOLDER, MODEL_FOLDER)
"""Where an app keeps model files of its own, unless it was started with another state folder."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: `config` is as the catalog takes it, `stored` the store's entry, if any."""

    name: str
    config: ModelConfig
    origin: str
    """For a person: where the name was found."""
    stored: Model | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """One, or of a split model the first; two of `builtin`. Raises ModelError: a mock has none."""
        if self.config.path is not None:
            return (self.config.path,)
        if self.config.builtin:
            return (builtin.CHAT_MODEL, builtin.EMBEDDING_MODEL)
        raise ModelError(f"model '{self.name}' answers without a model file", where=self.origin)


class Project:
    """The nearest app above a folder, where there is one, and the store. Reads; changes nothing."""

    def __init__(self, folder: Path, store: Store) -> None:
        """Raises ConfigError: its spinfer.toml is mistaken."""
        self.folder = manifests.nearest(folder)
        self.store = store
        self._table = spinfer_toml.load(self.folder).models
        self._names = Names(self._table, self.folder / BESIDE, LocalModels(store))

    def find(self, name: str) -> Named:
        """As apps find it; then a path, or another program's. Raises ModelError: there is none."""
        config = self._names.own(name) or self._names.otherwise(name)
        if config is not None:
            return Named(name, config, self._origin(name), self._stored(config))
        if discover.is_foreign(name):
            found = discover.resolve(name)
            return Named(name, ModelConfig(path=found.path), found.program)
        if name.endswith(".gguf"):
            return Named(name, ModelConfig(path=Path(name).absolute()), "a path")
        self.store.model(name)  # which raises where it is there, but its description is damaged
        raise ModelError.listing([self._names.missing(name, name)])

    def local(self) -> Iterator[tuple[str, Path]]:
        """The files beside an app, by name."""
        folder = self.folder / BESIDE
        if (self.folder / FILE_NAME).is_file():
            for path in sorted(folder.rglob("*.gguf")):
                yield path.relative_to(folder).as_posix().removesuffix(".gguf"), path

    def _origin(self, name: str) -> str:
        if (kept := self._names.origin(name)) is not None:
            return kept
        return spinfer_toml.FILE_NAME if name in self._table or ANY in self._table else str(BESIDE)

    def _stored(self, config: ModelConfig) -> Model | None:
        """The store's entry of this file."""
        return next((model for model in self.store.models() if self.store.file(model) == config.path), None)
