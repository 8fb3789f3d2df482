"""Which files a component is made of: what `watch` of its build names. Pure, but for looking at folders."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

from spinfer.building.steps import workdir
from spinfer.manifest.model import Manifest


def sources(manifest: Manifest, id: str) -> Iterator[Path]:
    """Files that exist now; a folder that is named stands for all in it."""
    build = manifest.components[id].build
    if build is None:
        return
    folder = workdir(manifest, id, build)
    for pattern in build.watch:
        for name in glob.iglob(pattern, root_dir=folder, recursive=True):
            path = folder / name
            if path.is_file():
                yield path
            elif path.is_dir() and not glob.has_magic(pattern):
                yield from (it for it in path.rglob("*") if it.is_file())
