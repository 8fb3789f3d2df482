"""Where everything lies in the store's folder.

blobs/sha256-<64 hex digits>   a file, by its content; beside it `….partial` while it is fetched
manifests/<name>.json          what a name stands for: see manifest.py
splits/<name>/<filename>       a model of several files, under the names that llama.cpp expects: hard links
                               to blobs
used/<name>                    empty; its modification time is when the model was last loaded
incoming/                      files whose content is not known yet, with the lock of who writes them
lock                           held while manifests, and the blobs that they need, change together
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from spinfer.config import model_name

VARIABLE = "SPINFER_MODELS"
"""Names the store's folder."""

_BLOB = "sha256-"
_MANIFEST = ".json"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one folder; touches no file."""

    root: Path

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def manifests(self) -> Path:
        return self.root / "manifests"

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    def blob(self, sha256: str) -> Path:
        return self.blobs / f"{_BLOB}{sha256}"

    def manifest(self, name: str) -> Path:
        """Raises ConfigError: no such name is possible."""
        return self.manifests / f"{model_name.check(name)}{_MANIFEST}"

    def split(self, name: str) -> Path:
        """Raises ConfigError: no such name is possible."""
        return self.root / "splits" / model_name.check(name)

    def used(self, name: str) -> Path:
        """Raises ConfigError: no such name is possible."""
        return self.root / "used" / model_name.check(name)

    def name_of(self, manifest: Path) -> str | None:
        """The name whose manifest lies there; None: the file is none."""
        name = manifest.name.removesuffix(_MANIFEST)
        return name if manifest.suffix == _MANIFEST and model_name.fits(name) else None

    def sha256_of(self, blob: Path) -> str | None:
        """The digest of a complete blob; None: the file is none."""
        digest = blob.name.removeprefix(_BLOB)
        is_one = len(digest) == 64 and set(digest) <= set("0123456789abcdef") and blob.name != digest
        return digest if is_one else None


def default_root(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that `SPINFER_MODELS` names, else the one for this user's data."""
    given = environment.get(VARIABLE)
    return Path(given).expanduser().absolute() if given else user_data_path("spinfer") / "models"
