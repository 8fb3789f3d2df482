"""A model that another program keeps: used where it lies, read and never changed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from spinfer.errors import ModelError

_PART = re.compile(r"(.*)-(\d{5})-of-(\d{5})\.gguf")
_PROJECTOR = "mmproj"
"""Begins the names of files that turn images into a model's vectors, and are no models by themselves."""


@dataclass(frozen=True, slots=True)
class ForeignModel:
    """`source` is what `[models.<name>] source = …` takes, `path` the GGUF file or the first of its parts."""

    program: str
    source: str
    path: Path
    bytes: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where programs look for the folders that they keep models in."""

    environment: Mapping[str, str]
    home: Path

    @classmethod
    def current(cls) -> Self:
        return cls(os.environ, Path.home())

    def folder(self, variable: str) -> Path | None:
        """The folder that a variable names, if it is set."""
        given = self.environment.get(variable)
        if not given:
            return None
        return self.home / given[2:] if given.startswith("~/") else Path(given)

    @property
    def cache(self) -> Path:
        """Where programs that keep to the XDG specification put what they can fetch again."""
        return self.folder("XDG_CACHE_HOME") or self.home / ".cache"


def models_among(files: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Those that are models, sorted, each with its bytes: of a split model the first part stands for all."""
    sizes = {path: size for path in files if (size := _size(path)) is not None}
    for path in sorted(sizes):
        part = _PART.fullmatch(path.name)
        if path.name.lower().startswith(_PROJECTOR) or (part and int(part[2]) != 1):
            continue
        others = (
            []
            if part is None
            else [f"{part[1]}-{n:05}-of-{part[3]}.gguf" for n in range(2, int(part[3]) + 1)]
        )
        yield path, sizes[path] + sum(sizes.get(path.with_name(other), 0) for other in others)


def unknown(
    program: str, source: str, folders: Iterable[Path], known: Iterable[ForeignModel], cure: str
) -> ModelError:
    """For raising: the program has no such model; `cure` says how it would get one."""
    places = " and ".join(map(str, folders))
    sources = ", ".join(f"`{model.source}`" for model in known)
    has = f"It has {sources}." if sources else "It has none that can be read."
    return ModelError(f"{program} has no model `{source}`", where=places, cure=f"{has} {cure}")


def _size(path: Path) -> int | None:
    """None where there is no file, or none for us."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
