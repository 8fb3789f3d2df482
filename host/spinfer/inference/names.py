"""Which model a name stands for: the order in which it is looked for, and what to say where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spinfer.config.models import ModelConfig
from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError, Problem
from spinfer.inference.model_file import named_file
from spinfer.model_store import known
from spinfer.model_store.local import LocalModels, Located

ANY = "*"
"""The name in the table that stands for every name without an entry of its own."""


class Names:
    """Looks in `table`, for `<folder>/<name>.gguf`, in the store, under `*` in the table, and with Ollama.

    Without `local`, there is no store and no Ollama. Every method may be called from any thread.
    """

    def __init__(
        self, table: Mapping[str, ModelConfig], folder: Path | None, local: LocalModels | None
    ) -> None:
        self._table = dict(table)
        self._folder = folder
        self._local = local

    @property
    def configured(self) -> Mapping[str, ModelConfig]:
        return self._table

    def own(self, name: str) -> ModelConfig | None:
        """What stands for just this name, with its path where it has one; None: nothing that is here."""
        if (config := self._table.get(name)) is not None and name != ANY:
            return self._here(config)
        if self._folder is not None and (path := named_file(self._folder, name)) is not None:
            return ModelConfig(path=path)
        return _of(self._stored(name))

    def otherwise(self, name: str) -> ModelConfig | None:
        """What stands for every name that has nothing of its own, or happens to be called so."""
        if name in self._table and name != ANY:
            return None
        if (config := self._table.get(ANY)) is not None:
            return self._here(config)
        return None if self._local is None else _of(self._local.elsewhere(name))

    def origin(self, name: str) -> str | None:
        """Who keeps the file of this name; None: it is where the operator put it, or it is no file."""
        config = self._table.get(name)
        if config is not None:
            found = self._local.of(config.source) if self._local and config.source else None
        elif self._folder is not None and named_file(self._folder, name) is not None:
            found = None
        else:
            found = self._stored(name) or (self._local.elsewhere(name) if self._local else None)
        return found.origin if found else None

    def used(self, path: Path) -> None:
        """The model in this file was loaded."""
        if self._local is not None:
            self._local.used(path)

    def missing(self, shown: str, name: str) -> Problem:
        """Why there is no such model, and what to do; `shown` is the name as a terminal may see it."""
        config = self._table.get(name)
        if config is not None and config.source is not None:
            return Problem(
                f"model '{shown}' is not on this machine yet: it comes from {config.source}",
                cure=f"Fetch it: spinfer models pull {shown}",
            )
        ways = [
            f'write [models."{shown}"] with source = "hf:…", path = "….gguf" or builtin = true '
            "into spinfer.toml",
            *([f"put the model file at {self._folder}/{shown}.gguf"] if self._folder is not None else []),
            f"pass --model '{shown}=path.gguf'",
        ]
        if (row := known.models().get(name)) is not None:
            about = f"{row.source}, {amount(row.bytes)}, licence {row.licence}"
            ways.insert(0, f"fetch {about}: spinfer models pull {shown}")
        configured = ", ".join(f"'{each}'" for each in sorted(self._table)) or "none"
        what = f"there is no model '{shown}' (configured: {configured})"
        return Problem(what, cure="To add it: " + "; or ".join(ways) + ".")

    def _here(self, config: ModelConfig) -> ModelConfig | None:
        if config.source is None:
            return config
        found = self._local.of(config.source) if self._local is not None else None
        return None if found is None else config.model_copy(update={"path": found.path, "source": None})

    def _stored(self, name: str) -> Located | None:
        try:
            return None if self._local is None else self._local.named(name)
        except ModelError:  # its manifest is damaged, which `spinfer models list` says
            return None


def _of(found: Located | None) -> ModelConfig | None:
    return None if found is None else ModelConfig(path=found.path)
