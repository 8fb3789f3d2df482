"""Which files an app is made of, how they looked at some moment, and what a difference asks for."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from spinfer.building.steps import workdir
from spinfer.manifest.component import Component
from spinfer.manifest.model import Manifest
from spinfer.manifest.sources import FilePattern, LocalSource

Stamps = Mapping[Path, tuple[int, int]]
"""Files that exist, each with the time of its last change in nanoseconds, and its size in bytes."""


def sources(manifest: Manifest, id: str) -> Iterator[Path]:
    """The files that a component is built from, as `watch` of its build names them."""
    build = manifest.components[id].build
    if build is not None:
        folder = workdir(manifest, id, build)
        for pattern in build.watch:
            yield from _files(folder, pattern)


def folders(manifest: Manifest) -> tuple[frozenset[Path], bool]:
    """Where files may change that matter, and whether the folders below count too."""
    found, deep = {manifest.folder}, False
    for id, component in manifest.components.items():
        patterns = [(manifest.folder, pattern) for pattern in _mounted(component)]
        if component.build is not None:
            folder = workdir(manifest, id, component.build)
            patterns += [(folder, pattern) for pattern in component.build.watch]
        if isinstance(component.source, LocalSource):
            patterns.append((manifest.folder, component.source.path))
        for folder, pattern in patterns:
            found.add(_start(folder / pattern))
            deep = deep or glob.has_magic(str(Path(pattern).parent)) or (folder / pattern).is_dir()
    return frozenset(folder for folder in found if folder.is_dir()), deep


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An app's files at one moment."""

    sources: Mapping[str, Stamps]
    """By component: what it is built from."""
    others: Stamps
    """What is read when the app is loaded: its manifest, components, mounted files."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What to do for an app to be up to date."""

    build: tuple[str, ...]
    """Components, in the order of the manifest."""
    reload: bool
    """Also where nothing has to be built."""

    def __bool__(self) -> bool:
        return self.reload or bool(self.build)


def snapshot(manifest: Manifest, more: Iterable[Path] = ()) -> Snapshot:
    """`more`: further files that are read when the app is loaded, and need not exist."""
    components = manifest.components
    loaded = {manifest.path, *more}
    for component in components.values():
        if isinstance(component.source, LocalSource):
            loaded.add(manifest.folder / component.source.path)
        for pattern in _mounted(component):
            loaded.update(_files(manifest.folder, pattern))
    outputs = {
        manifest.folder / c.source.path for c in components.values() if isinstance(c.source, LocalSource)
    }
    return Snapshot({id: _stamps({*sources(manifest, id)} - outputs) for id in components}, _stamps(loaded))


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """Pure. A component that is new has not been built."""
    build = tuple(id for id, files in after.sources.items() if before.sources.get(id) != files and files)
    return Difference(build, before.others != after.others)


def _mounted(component: Component) -> Iterator[str]:
    """`files`, relative to the manifest's folder."""
    for entry in component.files:
        yield entry.pattern if isinstance(entry, FilePattern) else entry.source


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    """Files that exist now; a folder that is named stands for all in it."""
    for name in glob.iglob(pattern, root_dir=folder, recursive=True):
        path = folder / name
        if path.is_file():
            yield path
        elif path.is_dir() and not glob.has_magic(pattern):
            yield from (it for it in path.rglob("*") if it.is_file())


def _start(pattern: Path) -> Path:
    """The deepest folder that surely holds all that the pattern may name."""
    while glob.has_magic(str(pattern)):
        pattern = pattern.parent
    return pattern if pattern.is_dir() else pattern.parent


def _stamps(files: Iterable[Path]) -> Stamps:
    found = {}
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        found[file] = (status.st_mtime_ns, status.st_size)
    return found
