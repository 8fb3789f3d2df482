"""Whether spin.toml can be read, and what in it should be written differently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from spinfer.doctor.finding import Finding, Fix, Level, fine
from spinfer.errors import ManifestError, OperatorError, Problem
from spinfer.manifest import load as manifests
from spinfer.manifest.model import Manifest
from spinfer.triggers.http import target

_VERSION = re.compile(r"^(\s*(?:spin_manifest_version|spin_version)\s*=\s*)(\S+)", re.MULTILINE)
_MEANT = {'"2"': "2", "'2'": "2", "1": '"1"'}
"""A version of the wrong type, and the same version as it is written."""


def examine(path: Path) -> tuple[Manifest | None, list[Finding]]:
    """The manifest, if there is one, and what was found. `path`: a spin.toml or a folder."""
    try:
        manifest = manifests.load(path)
    except ManifestError as e:
        fix = _version_fix(path / manifests.FILE_NAME if path.is_dir() else path)
        return None, [Finding("manifest", Level.PROBLEM, problem, fix) for problem in e.problems]
    return manifest, [fine("manifest", "is right", manifest.path.name), *_notes(manifest)]


def _notes(manifest: Manifest) -> Iterator[Finding]:
    for note in manifest.notes:
        yield Finding("manifest", Level.HINT, note)
    try:
        notes = target.of_manifest(manifest).notes
    except OperatorError:
        notes = ()  # without HTTP, which is no mistake; or mistakes that are found with the components
    for text in notes:
        yield Finding("manifest", Level.HINT, Problem(text, manifest.path.name))


def _version_fix(file: Path) -> Fix | None:
    """Where the version is written with the wrong type, and all else is right."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    mended = _VERSION.sub(lambda found: found[1] + _MEANT.get(found[2], found[2]), text, count=1)
    try:
        manifests.loads(mended, file)
    except ManifestError:
        return None
    return Fix(f"write the version as it should be in {file.name}", lambda: _write(file, mended))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as e:
        raise ManifestError(f"cannot be written: {e.strerror}", where=str(file)) from e
