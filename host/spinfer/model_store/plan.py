"""What a source comes to: which files, how large, by which licence; asks, and fetches nothing yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from spinfer.config import model_name
from spinfer.config.model_source import FileSource, HubSource, ModelSource, ProgramSource, WebSource
from spinfer.downloads import address
from spinfer.errors import ModelError
from spinfer.model_store import discover, hub, quantization
from spinfer.model_store.foreign import Surroundings
from spinfer.model_store.hub import HubFile, Repository

_SENTENCE_MODEL = ("modules.json", "config.json", "model.safetensors")
"""What sentence-transformers publishes, by which conversion/ knows a model."""
_BESIDE_WEIGHTS = re.compile(r"(\d_\w+/)?[\w-]+\.(json|txt)")
_LARGEST_BESIDE = 64 << 20
_PART = re.compile(r"-00001-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to fetch."""

    filename: str
    url: str
    size: int | None
    sha256: str | None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetch the parts of a GGUF model."""

    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class Converting:
    """Fetch a sentence-transformers model, by paths in its folder, and make a GGUF file of it."""

    files: tuple[RemoteFile, ...]


@dataclass(frozen=True, slots=True)
class Linking:
    """Use the file, or the parts of the model, where they lie."""

    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model gets into the store."""

    source: ModelSource
    way: Fetching | Converting | Linking
    size: int | None
    """Bytes, all together; None: nobody knows yet."""
    licence: str | None = None
    note: str = ""
    """What to tell whoever left the choice to us."""

    @property
    def suggested_name(self) -> str:
        """What to call the model, where nobody says."""
        match self.source:
            case HubSource(repository):
                name = re.sub(r"[-_.]?gguf$", "", repository.partition("/")[2], flags=re.IGNORECASE)
            case WebSource(url):
                name = _stem(address.filename(url))
            case ProgramSource(text):
                name = PurePosixPath(text.partition(":")[2]).name.replace(":", "-").removesuffix("-latest")
            case FileSource(path):
                name = _stem(path.name)
        return name.lower()


def make(source: ModelSource, surroundings: Surroundings | None = None) -> Plan:
    """Raises DownloadError or ModelError: there is no such model, or it cannot be asked for."""
    match source:
        case HubSource(repository):
            return _of_hub(source, hub.repository(repository))
        case WebSource(url, sha256):
            name = address.filename(address.check(url))
            file = RemoteFile(name if model_name.fits(name) else "model.gguf", url, None, sha256)
            return Plan(source, Fetching((file,)), None)
        case ProgramSource(text):
            model = discover.resolve(text, surroundings)
            return Plan(source, Linking(_parts(model.path)), model.bytes)
        case FileSource(path):
            paths = _parts(path.absolute())
            return Plan(FileSource(path.absolute()), Linking(paths), sum(map(_size, paths)))


def _of_hub(source: HubSource, repository: Repository) -> Plan:
    found = quantization.variants(
        path for path in repository.files if model_name.fits(PurePosixPath(path).name)
    )
    choice = quantization.choose(found, source.choice)
    if choice is not None:
        files = [repository.files[path] for path in choice.variant.files]
        return _plan(source, repository, Fetching(_remote(repository, files, whole=False)), choice.note)
    if not found and source.choice is None and all(name in repository.files for name in _SENTENCE_MODEL):
        weights = repository.files[_SENTENCE_MODEL[-1]]
        beside = [
            each for path, each in repository.files.items()
            if _BESIDE_WEIGHTS.fullmatch(path) and (each.size or 0) <= _LARGEST_BESIDE
        ]  # fmt: skip
        note = "it has no GGUF file, and is converted to one"
        return _plan(
            source, repository, Converting(_remote(repository, [*beside, weights], whole=True)), note
        )
    raise _nothing(source, [variant.files[0] for variant in found])


def _plan(source: HubSource, repository: Repository, way: Fetching | Converting, note: str) -> Plan:
    sizes = [file.size for file in way.files]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    return Plan(source, way, total, repository.licence, note)


def _remote(repository: Repository, files: list[HubFile], *, whole: bool) -> tuple[RemoteFile, ...]:
    """`whole`: under their paths, not only their names."""
    return tuple(
        RemoteFile(
            file.path if whole else PurePosixPath(file.path).name,
            file.url,
            file.size,
            file.sha256,
            repository.headers,
        )
        for file in files
    )


def _nothing(source: HubSource, models: list[str]) -> ModelError:
    wanted = f"`{source.choice}`" if source.choice else "a GGUF file, nor a sentence-transformers BERT model"
    listed = ", ".join(f"`{path}`" for path in models[:20]) + (", …" if len(models) > 20 else "")
    return ModelError(
        f"this repository has no {wanted}" if source.choice else f"this repository has neither {wanted}",
        where=f"hf:{source.repository}",
        cure=f"It has {listed}." if models else "Look for one whose name ends in -GGUF.",
    )


def _parts(path: Path) -> tuple[Path, ...]:
    """A model's files on this machine. Raises ModelError: one of them is not there."""
    found = _PART.search(path.name)
    count = int(found[1]) if found else 1
    names = [path.name] + [_PART.sub(f"-{n:05}-of-{count:05}.gguf", path.name) for n in range(2, count + 1)]
    paths = tuple(path.with_name(name) for name in names)
    for each in paths:
        _size(each)
    return paths


def _size(path: Path) -> int:
    try:
        if not path.is_dir():
            return path.stat().st_size
    except OSError as e:
        raise ModelError(f"this file cannot be read: {e.strerror}", where=str(path)) from e
    raise ModelError(
        "this is a folder, not a GGUF file",
        where=str(path),
        cure=f"A sentence-transformers model is converted: spinfer models import {path} NAME",
    )


def _stem(filename: str) -> str:
    return re.sub(r"(-00001-of-\d{5})?(\.gguf)?$", "", filename, flags=re.IGNORECASE)
