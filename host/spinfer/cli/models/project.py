"""The models that a name can stand for, seen from one folder: its spinfer.toml, its files, the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinfer import builtin
from spinfer.assembly.command import MODEL_FOLDER
from spinfer.cli.options import nearest_app
from spinfer.config import spinfer_toml
from spinfer.config.folders import STATE_FOLDER
from spinfer.config.model_source import ProgramSource
from spinfer.config.models import ModelConfig
from spinfer.errors import ModelError
from spinfer.inference.model_file import named_file
from spinfer.manifest.load import FILE_NAME
from spinfer.model_store import discover
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
        self.folder = nearest_app(folder)
        self.store = store
        self.table = spinfer_toml.load(self.folder).models

    def find(self, name: str) -> Named:
        """In the order in which apps find it; then a path, or another program's. Raises ModelError: none."""
        if (config := self.table.get(name)) is not None:
            return self._configured(name, config)
        if (path := named_file(self.folder / BESIDE, name)) is not None:
            return Named(name, ModelConfig(path=path), str(BESIDE))
        if (model := self.store.model(name)) is not None:
            return Named(name, ModelConfig(path=self.store.file(model)), "the store", model)
        if discover.is_foreign(name):
            found = discover.resolve(name)
            return Named(name, ModelConfig(path=found.path), found.program)
        if name.endswith(".gguf"):
            return Named(name, ModelConfig(path=Path(name).absolute()), "a path")
        raise self.store.unknown(name)

    def _configured(self, name: str, config: ModelConfig) -> Named:
        """As the table has it, a source having become a path. Raises ModelError: it is not here yet."""
        if config.source is None:
            return Named(name, config, spinfer_toml.FILE_NAME)
        if isinstance(config.source, ProgramSource):
            found = discover.resolve(str(config.source))
            return Named(name, _at(config, found.path), f"{found.program}, by {spinfer_toml.FILE_NAME}")
        if (model := self.store.model(name)) is not None:
            return Named(name, _at(config, self.store.file(model)), "the store", model)
        raise ModelError(
            f"model '{name}': it was not fetched yet, from {config.source}",
            where=spinfer_toml.FILE_NAME,
            cure=f"Get it: spinfer models pull {name}",
        )

    def local(self) -> Iterator[tuple[str, Path]]:
        """The files beside an app, by name."""
        folder = self.folder / BESIDE
        if (self.folder / FILE_NAME).is_file():
            for path in sorted(folder.rglob("*.gguf")):
                yield path.relative_to(folder).as_posix().removesuffix(".gguf"), path


def _at(config: ModelConfig, path: Path) -> ModelConfig:
    return config.model_copy(update={"path": path, "source": None})
