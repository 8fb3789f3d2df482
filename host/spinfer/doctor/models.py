"""Whether the models that components are granted are here, whole, and small enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from spinfer.config.models import ModelConfig
from spinfer.doctor.finding import Finding, fine, problems
from spinfer.errors import ModelError
from spinfer.inference.catalog import Catalog, engine_settings
from spinfer.inference.engine.room import Room
from spinfer.inference.names import Names
from spinfer.manifest.model import Manifest
from spinfer.model_store.local import LocalModels


def examine(manifest: Manifest, table: Mapping[str, ModelConfig], folder: Path | None) -> Iterator[Finding]:
    """`folder`: where the app has model files of its own. Nothing is loaded: headers are read."""
    local = LocalModels()
    names = Names(table, folder, local)
    catalog = Catalog(table, folder, local=local)
    try:
        for name in sorted({n for component in manifest.components.values() for n in component.ai_models}):
            found = catalog.check([name])
            if found:
                yield from problems("model", found)
                continue
            config = names.own(name) or names.otherwise(name)
            assert config is not None, "it was found just now"
            yield from _fits(name, config, catalog.where(name) or "")
    finally:
        catalog.close()


def _fits(name: str, config: ModelConfig, origin: str) -> Iterator[Finding]:
    if config.path is not None:
        try:
            Room.measure(name, config.path, engine_settings(config)).check()
        except ModelError as e:
            yield from problems("model", e.problems)
            return
    yield fine("model", f"model `{name}` is here: {origin}")
