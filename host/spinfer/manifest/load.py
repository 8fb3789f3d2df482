"""From a file to a canonical manifest, or to one error that lists every mistake in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from spinfer.documents import toml
from spinfer.documents.problems import at, problems
from spinfer.documents.table import quoted
from spinfer.errors import ManifestError, Problem
from spinfer.manifest import v1, v2
from spinfer.manifest.model import Manifest
from spinfer.manifest.normalize import normalize
from spinfer.manifest.scope import Scope, scope_of_v1, scope_of_v2

FILE_NAME = "spin.toml"

M = TypeVar("M", bound=BaseModel)


def load(path: Path) -> Manifest:
    """The manifest in a file, or in the `spin.toml` of a folder. Raises ManifestError."""
    file = (path / FILE_NAME if path.is_dir() else path).absolute()
    try:
        raw = toml.read(file, ManifestError)
    except FileNotFoundError as e:
        raise _missing(file) from e
    return _parse(raw, file)


def loads(text: str, path: Path) -> Manifest:
    """The manifest in a text; `path` is what it is called and need not exist. Raises ManifestError."""
    return _parse(toml.parse(text, path, ManifestError), path.absolute())


def nearest(folder: Path) -> Path:
    """The closest folder upward with a spin.toml; `folder` itself where there is none."""
    return next((place for place in (folder, *folder.parents) if (place / FILE_NAME).is_file()), folder)


def _parse(raw: Mapping[str, object], path: Path) -> Manifest:
    return normalize(_document(raw, path.name), path)


def _document(raw: Mapping[str, object], name: str) -> v2.Document:
    match raw:
        case {"spin_manifest_version": int(2)}:
            return _check(raw, v2.Document, scope_of_v2(raw), v2.duplicates(raw, name), name)
        case {"spin_manifest_version": "1"} | {"spin_version": "1"}:
            model = v1.document_type(raw)
            return v1.convert(_check(raw, model, scope_of_v1(raw), v1.duplicates(raw, name), name))
    raise _unknown_version(raw, name)


def _check(raw: Mapping[str, object], model: type[M], scope: Scope, more: Iterable[Problem], name: str) -> M:
    """The table as a document; every mistake in it, and `more`, in one error."""
    found = list(more)
    try:
        document = model.model_validate(raw, context=scope)
    except ValidationError as e:
        raise ManifestError.listing([*problems(e, model, name), *found]) from e
    if found:
        raise ManifestError.listing(found)
    return document


def _missing(file: Path) -> ManifestError:
    return ManifestError(
        "there is no such file",
        where=str(file),
        cure="name another, or write one; it begins with\n"
        "    spin_manifest_version = 2\n"
        "    [application]\n"
        '    name = "my-app"',
    )


def _unknown_version(raw: Mapping[str, object], name: str) -> ManifestError:
    key = "spin_version" if "spin_version" in raw else "spin_manifest_version"
    what, cure = _version_mistake(raw.get(key))
    return ManifestError(what, where=at(name, (key,)), cure=cure)


def _version_mistake(version: object) -> tuple[str, str]:
    match version:
        case None:
            return "missing", "write `spin_manifest_version = 2` in the first line"
        case "2":
            return "version 2 is a number, got a string", "write `spin_manifest_version = 2`, without quotes"
        case int(1) if version is not True:
            return "version 1 is a string, got a number", 'write `spin_manifest_version = "1"`, in quotes'
    return f'the versions are 2 and "1", got {quoted(version)}', "write `spin_manifest_version = 2`"
