"""Models that Ollama keeps: a manifest for each name, which says by which blob it is answered.

manifests-v2/HOST/NAMESPACE/MODEL/TAG   since Ollama 0.40; where both are, it is the one that counts
manifests/HOST/NAMESPACE/MODEL/TAG      before
blobs/sha256-DIGEST                     a GGUF file, a template, another manifest, …
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from spinfer.errors import ModelError
from spinfer.model_store.foreign import ForeignModel, Surroundings, unknown

_logger = logging.getLogger(__name__)

PROGRAM = "Ollama"
SCHEME = "ollama:"

PUBLIC_HOSTS = ("registry.ollama.ai", "ollama.com")
"""Two names of Ollama's own library; what comes from there is called without them."""
_NAMESPACE, _TAG = "library", "latest"
_FOLDERS = ("manifests-v2", "manifests")
_SERVICE = Path("/usr/share/ollama/.ollama/models")
"""Where the service that Ollama's installer sets up on Linux keeps its models."""

_LIST = "application/vnd.ollama.manifest.list.v2+json"
_MODEL = "application/vnd.ollama.image.model"
_ADAPTER = "application/vnd.ollama.image.adapter"
_RUNNERS = ("ggml", "llamacpp")
"""Of the builds in a list of manifests, those that are GGUF, the original first."""
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_LARGEST_MANIFEST = 1 << 22


@dataclass(frozen=True, slots=True)
class OllamaName:
    """`[[HOST/]NAMESPACE/]MODEL[:TAG]`."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None: no name at all."""
        path, colon, tag = text.rpartition(":")
        if not colon or "/" in tag:  # a port, not a tag
            path, tag = text, _TAG
        parts = path.split("/")
        if len(parts) > 3 or not all((*parts, tag)):
            return None
        host, namespace, model = (PUBLIC_HOSTS[0], _NAMESPACE, parts[0])[: 3 - len(parts)] + tuple(parts)
        return cls(host, namespace, model, tag)

    def __str__(self) -> str:
        """As short as Ollama takes it."""
        parts = [self.model]
        if self.host not in PUBLIC_HOSTS:
            parts = [self.host, self.namespace, self.model]
        elif self.namespace != _NAMESPACE:
            parts = [self.namespace, self.model]
        return f"{'/'.join(parts)}:{self.tag}"

    @property
    def key(self) -> str:
        """Equal for names that are one: Ollama takes no notice of case."""
        return str(self).casefold()


def folders(surroundings: Surroundings) -> tuple[Path, ...]:
    """Where there may be models: in the folder that OLLAMA_MODELS names, else in the usual ones."""
    given = surroundings.folder("OLLAMA_MODELS")
    return (given,) if given is not None else (surroundings.home / ".ollama" / "models", _SERVICE)


def models(surroundings: Surroundings) -> Iterator[ForeignModel]:
    """Those that are GGUF files, and are there; others the log names at debug level."""
    for folder in folders(surroundings):
        for name, manifest in _manifests(folder).items():
            try:
                yield _model(folder, name, manifest)
            except ModelError as e:
                _logger.debug("%s", e)


def find(text: str, surroundings: Surroundings) -> ForeignModel:
    """The model that Ollama calls so. Raises ModelError."""
    wanted = OllamaName.parse(text)
    for folder in folders(surroundings):
        for name, manifest in _manifests(folder).items():
            if wanted is not None and name.key == wanted.key:
                return _model(folder, name, manifest)
    cure = f"Get it with `ollama pull {text}`, or name another folder in OLLAMA_MODELS."
    places = folders(surroundings)
    raise unknown(PROGRAM, f"{SCHEME}{text}", places, models(surroundings), cure)


def _manifests(folder: Path) -> Mapping[OllamaName, Path]:
    """Each name once, by its newest kind of manifest, sorted."""
    found: dict[str, tuple[OllamaName, Path]] = {}
    for layout in _FOLDERS:
        for path in (folder / layout).glob("*/*/*/*"):
            host, namespace, model, tag = path.relative_to(folder / layout).parts
            name = OllamaName(re.sub("%3a", ":", host, flags=re.IGNORECASE), namespace, model, tag)
            if path.is_file() and not tag.startswith("."):  # one that is being written
                found.setdefault(name.key, (name, path))
    return {name: path for _, (name, path) in sorted(found.items())}


def _model(folder: Path, name: OllamaName, path: Path) -> ForeignModel:
    manifest = _read(path, name)
    if manifest.get("mediaType") == _LIST:
        manifest = _read(_blob(folder, _gguf_build(manifest, name, path), name), name)
    layers = _tables(manifest.get("layers"))
    kinds = [str(layer.get("mediaType")).partition(";")[0] for layer in layers]
    if _MODEL not in kinds:
        raise _no_gguf(name, path)
    if _ADAPTER in kinds:
        _logger.warning("%s%s: the adapter that Ollama lays over this model is left out", SCHEME, name)
    blob = _blob(folder, layers[kinds.index(_MODEL)].get("digest"), name)
    return ForeignModel(PROGRAM, f"{SCHEME}{name}", blob, blob.stat().st_size)


def _gguf_build(manifest: Mapping[str, object], name: OllamaName, path: Path) -> object:
    """The digest of a manifest, out of a list of them."""
    builds = {build.get("runner"): build.get("digest") for build in _tables(manifest.get("manifests"))}
    for runner in _RUNNERS:
        if runner in builds:
            return builds[runner]
    raise _no_gguf(name, path)


def _read(path: Path, name: OllamaName) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            manifest = json.loads(file.read(_LARGEST_MANIFEST))
    except OSError as e:
        raise ModelError(f"Ollama's manifest of `{name}`: {e.strerror or e}", where=str(path)) from e
    except (ValueError, RecursionError) as e:
        raise _damaged(name, path) from e
    if not isinstance(manifest, dict):
        raise _damaged(name, path)
    return manifest


def _blob(folder: Path, digest: object, name: OllamaName) -> Path:
    """A file, by its content. Older versions of Ollama wrote a colon into the names of files."""
    found = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
    if found is None:
        raise _damaged(name, folder)
    paths = [folder / "blobs" / f"sha256{separator}{found[1]}" for separator in "-:"]
    try:
        path = next((path for path in paths if path.is_file()), None)
    except OSError as e:
        raise ModelError(f"Ollama's model `{name}`: {e.strerror or e}", where=str(paths[0])) from e
    if path is None:
        cure = f"Ollama did not finish pulling it; `ollama pull {name}` goes on."
        raise ModelError(f"Ollama's model `{name}`: its file is not there", where=str(paths[0]), cure=cure)
    return path


def _tables(value: object) -> list[Mapping[str, object]]:
    """What is a table, of what should be a list of them."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _damaged(name: OllamaName, path: Path) -> ModelError:
    cure = f"`ollama pull {name}` writes it anew."
    return ModelError(f"Ollama's manifest of `{name}` is damaged", where=str(path), cure=cure)


def _no_gguf(name: OllamaName, path: Path) -> ModelError:
    return ModelError(
        f"Ollama keeps `{name}` in another format than GGUF, or on its maker's servers",
        where=str(path),
        cure="Pull a variant that is GGUF: its tag has a quantization in it, such as q4_K_M.",
    )
