"""The options that several commands take, and what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from spinfer.config.spinfer_toml import SpinferConfig
from spinfer.errors import ConfigError, Problem
from spinfer.inference.catalog import Catalog
from spinfer.manifest.load import FILE_NAME
from spinfer.runtime.limits import Limits

F = TypeVar("F", bound=Callable[..., Any])

ENVIRONMENT = click.option(
    "-e", "--env", "environment", multiple=True, metavar="NAME=VALUE", help="Set a variable. Repeatable."
)
MODELS = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME=SOURCE",
    help="Answer to NAME with a .gguf file, with `builtin` (the small models inside spinfer) or with `mock`. "
    "NAME `*` stands for every name. Repeatable.",
)
VERBOSE = click.option("-v", "--verbose", count=True, help="Say more on stderr; twice: everything.")

_CACHE_FOLDER = click.option(
    "--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Where to keep compiled components."
)
_NO_CACHE = click.option("--disable-cache", is_flag=True, help="Compile every component anew.")


def cache(command: F) -> F:
    """`--cache-dir` and `--disable-cache`."""
    return _CACHE_FOLDER(_NO_CACHE(command))


def variables(assignments: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What `--env` sets. Raises ConfigError."""
    return tuple(map(_variable, assignments))


def limits(config: SpinferConfig, memory_bytes: int | None, deadline_s: float | None) -> Limits:
    """An option, else spinfer.toml, else the default."""
    bounds = Limits(deadline_s=deadline_s or config.limits.timeout_s)
    memory = memory_bytes or config.limits.max_memory_bytes
    return bounds if memory is None else replace(bounds, memory_bytes=memory)


def without_models(catalog: Catalog, names: Iterable[str]) -> tuple[Sequence[Problem], Sequence[Problem]]:
    """Of the names that components are granted: those whose file is no model, and those without a source."""
    broken: list[Problem] = []
    missing: list[Problem] = []
    for name in sorted(names):
        (broken if catalog.serves(name) else missing).extend(catalog.check([name]))
    return broken, missing


def nearest_app(folder: Path) -> Path:
    """The closest folder upward with a spin.toml; `folder` itself where there is none."""
    return next((place for place in (folder, *folder.parents) if (place / FILE_NAME).is_file()), folder)


def _variable(assignment: str) -> tuple[str, str]:
    name, equals, value = assignment.partition("=")
    if not name or not equals:
        raise ConfigError(
            f"`{assignment}` sets no variable", where="--env", cure="Write NAME=VALUE, as in LANG=C"
        )
    return name, value
