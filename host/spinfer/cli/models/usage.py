"""Which apps below a folder use a model."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spinfer.errors import ManifestError
from spinfer.manifest import load as manifests

_logger = logging.getLogger(__name__)

FOREIGN = frozenset({"node_modules", "target", "__pycache__", "site-packages"})
"""Folders with the code of others; hidden ones are not looked into either."""

MOST_FOLDERS = 20_000
"""That are looked into: a second's work, where somebody is in their home folder, say."""


@dataclass(frozen=True, slots=True)
class Use:
    """A component that is granted the model, under that name."""

    manifest: Path
    component: str
    name: str


def uses(names: frozenset[str], folder: Path) -> Iterator[Use]:
    """Of every spin.toml that can be read; those that cannot are named in the log."""
    for path in _manifests(folder):
        try:
            manifest = manifests.load(path)
        except ManifestError as e:
            _logger.info("%s is passed over: %s", path, e)
            continue
        for id, component in manifest.components.items():
            for name in sorted(names.intersection(component.ai_models)):
                yield Use(path, id, name)


def _manifests(folder: Path) -> Iterator[Path]:
    for number, (place, folders, files) in enumerate(os.walk(folder)):
        if number == MOST_FOLDERS:
            _logger.warning("%s: looked for apps in %d folders, and in no more", folder, MOST_FOLDERS)
            return
        folders[:] = sorted(each for each in folders if each not in FOREIGN and not each.startswith("."))
        if manifests.FILE_NAME in files:
            yield Path(place, manifests.FILE_NAME)
