"""Which app a command is about: `--from`, or the nearest one."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from spinfer.errors import ConfigError
from spinfer.manifest import load as manifests
from spinfer.manifest.model import Manifest

log = logging.getLogger(__name__)

FROM = click.option(
    "-f",
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="APP",
    help="A spin.toml, or a folder that has one. Default: the nearest one from this folder upward.",
)


def place(source: Path | None) -> Path:
    """What `--from` names, else the nearest app's folder. Raises ConfigError for a component."""
    path = manifests.nearest(Path.cwd()) if source is None else source
    if path.is_file() and path.suffix == ".wasm":
        raise ConfigError(
            f"{path} is a component, not an app",
            where="--from",
            cure="Name a spin.toml; `spinfer run` runs a command component by itself.",
        )
    return path


def manifest(source: Path | None) -> Manifest:
    """The app's, its notes logged. Raises ConfigError or ManifestError."""
    found = manifests.load(place(source))
    for note in found.notes:
        log.warning("%s", note)
    return found
