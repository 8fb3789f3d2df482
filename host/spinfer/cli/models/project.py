"""The models that a name can stand for, seen from one folder: its spinfer.toml, its files, the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinfer.assembly.command import MODEL_FOLDER
from spinfer.cli.options import nearest_app
from spinfer.config import spinfer_toml
from spinfer.config.folders import STATE_FOLDER
from spinfer.config.models import ModelConfig
from spinfer.inference.model_file import named_file
from spinfer.manifest.load import FILE_NAME
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
    def path(self) -> Path | None:
        """The file, or the first of its parts; None for the built-in models and the mock."""
        return self.config.path


class Project:
    """The nearest app above a folder, where there is one, and the store. Reads; changes nothing."""

    def __init__(self, folder: Path, store: Store) -> None:
        """Raises ConfigError: its spinfer.toml is mistaken."""
        self.folder = nearest_app(folder)
        self.store = store
        self.table = spinfer_toml.load(self.folder).models

    def find(self, name: str) -> Named:
        """In the order in which apps find it. Raises ModelError: there is none."""
        if (config := self.table.get(name)) is not None:
            return Named(name, config, spinfer_toml.FILE_NAME)
        if (path := named_file(self.folder / BESIDE, name)) is not None:
            return Named(name, ModelConfig(path=path), str(BESIDE))
        if (model := self.store.model(name)) is not None:
            return Named(name, ModelConfig(path=self.store.file(model)), "the store", model)
        raise self.store.unknown(name)

    def local(self) -> Iterator[tuple[str, Path]]:
        """The files beside an app, by name."""
        folder = self.folder / BESIDE
        if (self.folder / FILE_NAME).is_file():
            for path in sorted(folder.rglob("*.gguf")):
                yield path.relative_to(folder).as_posix().removesuffix(".gguf"), path
