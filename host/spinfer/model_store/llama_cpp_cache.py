"""What llama.cpp's own programs have downloaded: GGUF files side by side in one folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from spinfer.model_store.foreign import ForeignModel, Surroundings, models_among

PROGRAM = "llama.cpp"


def folder(surroundings: Surroundings) -> Path:
    """As llama.cpp finds it."""
    if (given := surroundings.folder("LLAMA_CACHE")) is not None:
        return given
    if sys.platform == "darwin":
        return surroundings.home / "Library" / "Caches" / "llama.cpp"
    return surroundings.cache / "llama.cpp"


def models(surroundings: Surroundings) -> Iterator[ForeignModel]:
    """Each is named by its path: llama.cpp keeps no other name of it."""
    for path, size in models_among(folder(surroundings).glob("*.gguf")):
        yield ForeignModel(PROGRAM, str(path), path, size)


def files(repository: str, surroundings: Surroundings) -> Mapping[str, Path]:
    """What was fetched of the hub's `ORG/REPO`, by the files' names in it: they stand behind its own."""
    start = f"{repository.replace('/', '_')}_"
    return {
        model.path.name.removeprefix(start): model.path
        for model in models(surroundings)
        if model.path.name.startswith(start)
    }
