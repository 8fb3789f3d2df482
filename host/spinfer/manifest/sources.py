"""Where a component comes from, and which files it may read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from spinfer.documents.table import Table, mistake, quoted
from spinfer.manifest.names import DIGEST_EXAMPLE, Digest


def _url(url: str) -> str:
    if re.match(r"https?://[^/\s]", url):
        return url
    raise mistake(
        f"{quoted(url)} is not an http or https URL", 'for example: url = "https://example.com/a.wasm"'
    )


def _package(name: str) -> str:
    if re.fullmatch(r"[a-z0-9-]+:[a-z0-9-]+", name):
        return name
    raise mistake(f"{quoted(name)} is not `namespace:name`", 'for example: package = "example:component"')


Url = Annotated[str, AfterValidator(_url)]
PackageName = Annotated[str, AfterValidator(_package)]


@dataclass(frozen=True, slots=True)
class LocalSource:
    """A file; its path is relative to the manifest's folder."""

    path: str


class UrlSource(Table):
    """A file to fetch once, checked against its digest."""

    url: Url = Field(examples=['url = "https://example.com/app.wasm"'])
    digest: Digest = Field(examples=[DIGEST_EXAMPLE])


class RegistrySource(Table):
    """A package in a registry."""

    registry: str | None = Field(default=None, examples=['registry = "registry.example.com"'])
    """None: the machine's default registry."""
    package: PackageName = Field(examples=['package = "example:component"'])
    version: str = Field(examples=['version = "1.2.3"'])


def _source(value: object, info: ValidationInfo) -> LocalSource | UrlSource | RegistrySource:
    match value:
        case LocalSource() | UrlSource() | RegistrySource():
            return value
        case "":
            raise mistake("must not be empty", 'for example: source = "app.wasm"')
        case str():
            return LocalSource(value)
        case {"package": _} | {"registry": _}:
            return RegistrySource.model_validate(value, context=info.context)
        case dict():
            return UrlSource.model_validate(value, context=info.context)
    raise mistake(
        f"expected the path of a Wasm file, or a table that says where to fetch it, got {quoted(value)}",
        'for example: source = "app.wasm"',
    )


Source = Annotated[LocalSource | UrlSource | RegistrySource, PlainValidator(_source)]


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A file, a folder or a glob, relative to the manifest's folder; the guest sees the same path."""

    pattern: str


class FilePlacement(Table):
    """A file or folder, relative to the manifest's folder, seen by the guest at an absolute path."""

    source: str = Field(examples=['source = "assets"'])
    destination: str = Field(examples=['destination = "/assets"'])


def _inside(path: str, root: str) -> str:
    """`path`, when no `..` of it leads out of `root`. Links are for those who open the file to judge."""
    depth = 0
    for part in PurePosixPath(path).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            raise mistake(f"{quoted(path)} leads out of {root}", f"name something inside {root}")
    return path


def _in_app(path: str) -> str:
    if not path:
        raise mistake("must not be empty", 'for example: "assets/**/*"')
    if path.startswith("/"):
        raise mistake(
            f"{quoted(path)} is an absolute path",
            "files must lie in the application's folder: write the path from there",
        )
    return _inside(path, "the application's folder")


def _placement(placement: FilePlacement) -> FilePlacement:
    _in_app(placement.source)
    destination = _inside(placement.destination.lstrip("/"), "the guest's root")
    return placement.model_copy(update={"destination": f"/{destination}"})


def _file(value: object) -> FilePattern | FilePlacement:
    match value:
        case FilePattern() | FilePlacement():
            return value
        case str():
            return FilePattern(_in_app(value))
        case dict():
            return _placement(FilePlacement.model_validate(value))
    raise mistake(
        f"expected a glob, or a table with `source` and `destination`, got {quoted(value)}",
        'for example: files = ["assets/**/*", { source = "www", destination = "/" }]',
    )


FileMount = Annotated[FilePattern | FilePlacement, PlainValidator(_file)]
