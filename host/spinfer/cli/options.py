"""The options that several commands take, and what they mean."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from spinfer.config import variable_flag
from spinfer.config.folders import STATE_FOLDER
from spinfer.config.runtime_config import RuntimeConfig, load
from spinfer.config.seeds import Seeds, StoreSettings
from spinfer.config.spinfer_toml import SpinferConfig
from spinfer.errors import ConfigError, Problem
from spinfer.factors.variables.sources import VariableSettings
from spinfer.inference.catalog import Catalog
from spinfer.manifest.model import Manifest
from spinfer.runtime.limits import Limits

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

ENVIRONMENT = click.option(
    "-e", "--env", "environment", multiple=True, metavar="NAME=VALUE", help="Set a variable. Repeatable."
)
MODELS = click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME=SOURCE",
    help="Answer to NAME with a .gguf file, a source such as hf:ORG/REPO or ollama:NAME, `builtin` (the "
    "small models inside spinfer) or `mock`. NAME `*` stands for every name. Repeatable.",
)
VERBOSE = click.option("-v", "--verbose", count=True, help="Say more on stderr; twice: everything.")

_CACHE_FOLDER = click.option(
    "--cache-dir", type=click.Path(file_okay=False, path_type=Path), help="Where to keep compiled components."
)
_NO_CACHE = click.option("--disable-cache", is_flag=True, help="Compile every component anew.")


def cache(command: F) -> F:
    """`--cache-dir` and `--disable-cache`."""
    return _CACHE_FOLDER(_NO_CACHE(command))


_RUNTIME_CONFIG = click.option(
    "--runtime-config-file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="RUNTIME_CONFIG_FILE",
    metavar="FILE",
    help="What the app is given on this machine: stores, providers of variables, remote models.",
)
_STATE_FOLDER = click.option(
    "--state-dir",
    metavar="FOLDER",
    help='Where models, logs and data are kept; "" keeps nothing.  '
    f"[default: {STATE_FOLDER} beside spin.toml]",
)
_VARIABLE = click.option(
    "--variable",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a variable of spin.toml a value; NAME=@FILE reads it, @FILE.toml and @FILE.json give many. "
    "Repeatable.",
)


def surroundings(command: F) -> F:
    """`--runtime-config-file`, `--state-dir` and `--variable`."""
    return _RUNTIME_CONFIG(_STATE_FOLDER(_VARIABLE(command)))


_KEY_VALUE = click.option(
    "--key-value",
    "pairs",
    multiple=True,
    metavar="KEY=VALUE",
    help="Put this into the default key-value store first. Repeatable.",
)
_SQLITE = click.option(
    "--sqlite",
    "scripts",
    multiple=True,
    metavar="SQL",
    help="Run this SQL, or that of @FILE, in the default SQLite database first; @FILE:LABEL in another. "
    "Repeatable.",
)


def stores(command: F) -> F:
    """`--key-value` and `--sqlite`."""
    return _KEY_VALUE(_SQLITE(command))


def store_settings(pairs: Iterable[str], scripts: Iterable[str], config: SpinferConfig) -> StoreSettings:
    """What the options of `stores` say, and spinfer.toml. Raises ConfigError."""
    return StoreSettings(Seeds.parse(pairs, scripts, Path.cwd()), config.limits.sqlite_timeout_s)


def runtime_config(file: Path | None) -> RuntimeConfig:
    """What the file says; nothing without one. Raises ConfigError."""
    return RuntimeConfig() if file is None else load(file)


def variable_settings(
    values: Iterable[str], runtime: RuntimeConfig, manifest: Manifest | None
) -> VariableSettings:
    """Where the values of an app's variables come from, here and now. Raises ConfigError."""
    given = variable_flag.parse(values, Path.cwd())
    unknown = given.keys() - (manifest.variables.keys() if manifest else ())
    if unknown:
        names = ", ".join(f"`{name}`" for name in sorted(unknown))
        log.warning("%s: the app declares no such variables: %s", variable_flag.OPTION, names)
    return VariableSettings(
        given=given,
        providers=runtime.providers,
        environment=os.environ,
        folder=Path.cwd(),
    )


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


def _variable(assignment: str) -> tuple[str, str]:
    name, equals, value = assignment.partition("=")
    if not name or not equals:
        raise ConfigError(
            f"`{assignment}` sets no variable", where="--env", cure="Write NAME=VALUE, as in LANG=C"
        )
    return name, value
