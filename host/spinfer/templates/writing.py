"""From a template and answers to a new app on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from spinfer.documents.keys import suggestion
from spinfer.errors import ConfigError, ManifestError
from spinfer.manifest import load as manifests
from spinfer.manifest.names import is_kebab
from spinfer.templates.catalogue import NAME, Template
from spinfer.triggers.http.routes import Route

_FILES: Final = Path(__file__).parent / "files"
_CALLED: Final = {"gitignore": ".gitignore"}
"""What a file is called in the new app, where it is not its name here."""


def check_name(name: str) -> None:
    """An app's name is its component's id too. Raises ConfigError."""
    if not is_kebab(name) or not name.islower() or ":" in name:
        raise ConfigError(
            f"`{name}` is no name for an app",
            where="NAME",
            cure="Take words of small letters and digits, joined by `-`, as in my-app.",
        )


def check_values(template: Template, values: Mapping[str, str]) -> None:
    """Of `--value`. Raises ConfigError."""
    known = [question.key for question in template.questions]
    for key in values:
        if key not in known:
            raise ConfigError(
                f"template `{template.id}` asks for no `{key}`",
                where="--value",
                cure=suggestion(key, known, "it asks for"),
            )


def write(template: Template, values: Mapping[str, str], folder: Path) -> tuple[Path, ...]:
    """The new files, in `folder`, which may exist; `values` has the name, and an answer to each question.

    Raises ConfigError for a value that cannot be used, or a file that is there already: nothing is written.
    """
    texts = dict(_rendered(template, values))
    _check(texts["spin.toml"], values, folder)
    there = [name for name in texts if (folder / name).exists()]
    if there:
        raise ConfigError(
            f"there is a file `{there[0]}` already",
            where=str(folder),
            cure="Name another folder with --output, or another app.",
        )
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as e:
        raise ConfigError(
            f"cannot be written: {e.strerror}", where=str(e.filename), cure="Name another folder."
        ) from e
    return tuple(folder / name for name in texts)


def _rendered(template: Template, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    root = _FILES / template.id
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            place = path.relative_to(root)
            name = place.with_name(_CALLED.get(place.name, place.name)).as_posix()
            yield name, _filled(path.read_text("utf-8"), values, quoted=path.suffix in (".toml", ".json"))


def _filled(text: str, values: Mapping[str, str], *, quoted: bool) -> str:
    """`quoted`: the values stand in strings, which TOML and JSON write alike."""
    base = values.get("route", "").removesuffix("/...").strip("/")
    known = {**values, "base": f"/{base}" if base else ""}

    def value(found: re.Match[str]) -> str:
        given = known[found[1].lower()]
        return json.dumps(given, ensure_ascii=False)[1:-1] if quoted else given

    return re.sub(r"PROJECT_([A-Z]+)", value, text)


def _check(manifest: str, values: Mapping[str, str], folder: Path) -> None:
    check_name(values[NAME])
    try:
        if "route" in values:
            Route.parse(values["route"])
        manifests.loads(manifest, folder / manifests.FILE_NAME)
    except ManifestError as e:
        raise ConfigError.listing(e.problems) from e
