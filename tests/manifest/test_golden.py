"""Every rule of the format, in both versions: a manifest beside its canonical form or its error."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from golden import files
from spinfer.errors import ManifestError, Problem
from spinfer.manifest.expressions import Template
from spinfer.manifest.load import loads
from spinfer.manifest.model import Manifest

CASES = files.cases("manifest")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_manifest(case: Path) -> None:
    try:
        manifest = loads(case.read_text("utf-8"), Path("spin.toml"))
    except ManifestError as e:
        files.check(case, ".err", str(e))
    else:
        files.check(case, ".json", json.dumps(canonical(manifest), indent=2, ensure_ascii=False))


ONE_OF_SEVERAL = (
    "Source",
    "Pattern",
    "Placement",
    "Trigger",
    "Route",
    "Response",
    "Executor",
    "Dependency",
    "Target",
)
"""How the types end that a reader cannot tell by the place where they stand."""


def canonical(manifest: Manifest) -> object:
    """What stands in the manifest, without what is left to the models' defaults."""
    parts = {field.name: getattr(manifest, field.name) for field in fields(manifest) if field.name != "path"}
    return {name: plain(part) for name, part in parts.items() if part}


def plain(value: object) -> object:
    match value:
        case Template() | Problem() | date():
            return str(value)
        case BaseModel():
            return typed(value, {key: v for key, v in value if v != default(value, key)})
        case Mapping():
            return {key: plain(v) for key, v in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    if is_dataclass(value):
        return typed(
            value, {f.name: v for f in fields(value) if (v := getattr(value, f.name)) not in ({}, None)}
        )
    return value


def typed(value: object, parts: Mapping[str, object]) -> object:
    name = type(value).__name__
    kind = {"is": name} if name.endswith(ONE_OF_SEVERAL) else {}
    return kind | {key: plain(part) for key, part in parts.items()}


def default(model: BaseModel, key: str) -> object:
    field = type(model).model_fields.get(key)
    return field.get_default(call_default_factory=True) if field else None


def test_there_are_many() -> None:
    assert len(CASES) >= 60
    assert {case.with_suffix(s).exists() for case in CASES for s in (".json", ".err")} == {True, False}
