"""Models that LM Studio keeps: PUBLISHER/REPOSITORY/FILE.gguf below a folder that its user may have moved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from spinfer.errors import ModelError
from spinfer.model_store.foreign import ForeignModel, Surroundings, models_among, unknown

PROGRAM = "LM Studio"
SCHEME = "lmstudio:"


def folders(surroundings: Surroundings) -> tuple[Path, ...]:
    """Where there may be models: where its settings say, then where newer and older versions keep them."""
    home = surroundings.home
    homes = [
        _pointed_at(home / ".lmstudio-home-pointer"),
        home / ".lmstudio",
        surroundings.cache / "lm-studio",
    ]
    known = [each for each in homes if each is not None]
    chosen = [_chosen(each / "settings.json") for each in known]
    return tuple(dict.fromkeys([*(each for each in chosen if each), *(each / "models" for each in known)]))


def models(surroundings: Surroundings) -> Iterator[ForeignModel]:
    """Every GGUF model, each once although folders may lead to one another."""
    seen: set[Path] = set()
    for folder in folders(surroundings):
        files = (path for depth in ("*/*/*.gguf", "*/*/*/*.gguf") for path in folder.glob(depth))
        for path, size in models_among(files):
            if (real := path.resolve()) not in seen:
                seen.add(real)
                yield ForeignModel(PROGRAM, f"{SCHEME}{path.relative_to(folder).as_posix()}", path, size)


def find(text: str, surroundings: Surroundings) -> ForeignModel:
    """The model called PUBLISHER/REPOSITORY/FILE.gguf, or by as much of that as tells it from the others.

    `PUBLISHER/REPOSITORY:QUANT`, `REPOSITORY` and `FILE` are enough where one file fits. Raises ModelError.
    """
    known = list(models(surroundings))
    fitting = [model for model in known if _fits(text, model)]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        cure = "Get it in LM Studio, or with `lms get`."
        raise unknown(PROGRAM, f"{SCHEME}{text}", folders(surroundings), known, cure)
    sources = ", ".join(f"`{model.source}`" for model in fitting)
    raise ModelError(
        f"{PROGRAM} has {len(fitting)} models that are called `{text}`",
        where=f"{SCHEME}{text}",
        cure=f"Write one of {sources}.",
    )


def files(repository: str, surroundings: Surroundings) -> Mapping[str, Path]:
    """What it has fetched of the hub's `ORG/REPO`, by the files' names in it: it keeps to the hub's names."""
    start = f"{SCHEME}{repository}/".casefold()
    return {
        model.source[len(start) :]: model.path
        for model in models(surroundings)
        if model.source.casefold().startswith(start)
    }


def _fits(text: str, model: ForeignModel) -> bool:
    repository, _, quantization = text.casefold().partition(":")
    parts = model.source.removeprefix(SCHEME).casefold().split("/")
    file = parts[-1].removesuffix(".gguf")
    if quantization and quantization not in file:
        return False
    if repository == "/".join(parts):
        return True
    names = {"/".join(parts[:2]), parts[1], parts[1].removesuffix("-gguf"), parts[-1], file}
    return repository in names


def _pointed_at(pointer: Path) -> Path | None:
    try:
        line = pointer.read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return Path(line) if line else None


def _chosen(settings: Path) -> Path | None:
    """The folder that its user has chosen, if it says one that there is."""
    try:
        content = json.loads(settings.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    folder = content.get("downloadsFolder") if isinstance(content, dict) else None
    return Path(folder) if isinstance(folder, str) and folder else None
