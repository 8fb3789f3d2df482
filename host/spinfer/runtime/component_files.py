"""`files` and `exclude_files` of a component: what it may read, gathered into one folder that is its root."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from spinfer.errors import ManifestError
from spinfer.manifest.component import Component
from spinfer.manifest.sources import FilePattern, FilePlacement


def gather(component_id: str, component: Component, folder: Path, root: Path, *, writable: bool) -> None:
    """Put the component's files into `root`, an empty folder; `folder` is the manifest's.

    Files are hard links where the guest can only read them and the file system allows it, else copies.
    Raises ManifestError for what does not exist, and for what leads out of the app's folder by a link.
    """
    where = f"component.{component_id}.files"
    excluded = {path for pattern in component.exclude_files for path in _matching(folder, pattern)}
    for entry in component.files:
        found = False
        for source, inside in _placed(entry, folder):
            found = True
            if source not in excluded:
                _check_inside(source, folder, where)
                _put(source, root / inside, link=not writable)
        if not found:
            raise _nothing(entry, where)


def _placed(entry: FilePattern | FilePlacement, folder: Path) -> Iterator[tuple[Path, PurePosixPath]]:
    """Every file, and where it stands below the guest's root."""
    match entry:
        case FilePattern(pattern):
            for path in _matching(folder, pattern):
                yield path, PurePosixPath(path.relative_to(folder).as_posix())
        case FilePlacement(source=source, destination=destination):
            inside = PurePosixPath(destination.lstrip("/"))
            start = folder / source
            if start.is_file():
                yield start, inside
            for path in _below(start):
                yield path, inside / path.relative_to(start).as_posix()


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    """The files that a pattern names; a folder stands for all in it."""
    for name in glob.iglob(pattern, root_dir=folder, recursive=True, include_hidden=True):
        path = folder / name
        if path.is_file():
            yield path
        elif not glob.has_magic(pattern):
            yield from _below(path)


def _below(start: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(start):
        yield from (Path(parent, name) for name in sorted(names))


def _check_inside(source: Path, folder: Path, where: str) -> None:
    if not source.resolve().is_relative_to(folder.resolve()):
        raise ManifestError(
            f"{source} is a link out of the application's folder",
            where=where,
            cure="Copy the file into the folder.",
        )


def _put(source: Path, target: Path, *, link: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # of two entries for one place the later counts
    if link:
        try:
            os.link(source.resolve(), target)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(source, target)


def _nothing(entry: FilePattern | FilePlacement, where: str) -> ManifestError:
    name = entry.pattern if isinstance(entry, FilePattern) else entry.source
    return ManifestError(f"`{name}` names no file", where=where, cure="Correct it, or remove it.")
