"""What the Hugging Face hub's own cache holds: models--ORG--REPO/snapshots/REVISION/FILE, links to blobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from spinfer.model_store.foreign import ForeignModel, Surroundings, models_among

PROGRAM = "Hugging Face cache"
SCHEME = "hf:"

_PREFIX, _BETWEEN = "models--", "--"


def folder(surroundings: Surroundings) -> Path:
    """As huggingface_hub finds it."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if (given := surroundings.folder(variable)) is not None:
            return given
    return (surroundings.folder("HF_HOME") or surroundings.cache / "huggingface") / "hub"


def models(surroundings: Surroundings) -> Iterator[ForeignModel]:
    """Every GGUF model of every repository's current revision."""
    for repository in sorted(folder(surroundings).glob(f"{_PREFIX}*{_BETWEEN}*")):
        name = repository.name.removeprefix(_PREFIX).replace(_BETWEEN, "/", 1)
        snapshot = _current(repository)
        if snapshot is not None:
            for path, size in models_among(snapshot.rglob("*.gguf")):
                yield ForeignModel(
                    PROGRAM, f"{SCHEME}{name}:{path.relative_to(snapshot).as_posix()}", path, size
                )


def files(repository: str, surroundings: Surroundings) -> Mapping[str, Path]:
    """What there is of `ORG/REPO`, by the files' names in it; nothing where it was never fetched."""
    parts = repository.split("/")
    if len(parts) != 2 or any(part in ("", ".", "..") or "\0" in part for part in parts):
        return {}
    snapshot = _current(folder(surroundings) / f"{_PREFIX}{_BETWEEN.join(parts)}")
    if snapshot is None:
        return {}
    found = (path for path in sorted(snapshot.rglob("*")) if path.is_file())
    return {path.relative_to(snapshot).as_posix(): path for path in found}


def _current(repository: Path) -> Path | None:
    """The snapshot of the main branch, else the latest there is."""
    try:
        revision = (repository / "refs" / "main").read_text("utf-8").strip()
    except (OSError, ValueError):
        revision = ""
    snapshots = [path for path in (repository / "snapshots").glob("*") if path.is_dir()]
    named = [path for path in snapshots if path.name == revision]
    return next(iter(named or sorted(snapshots, key=_modified, reverse=True)), None)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
