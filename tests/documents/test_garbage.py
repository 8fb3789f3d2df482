"""Whatever stands anywhere in a document: it is either accepted, or it is a mistake with a place."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
import tomli

from spinfer.config import runtime_config, spinfer_toml
from spinfer.errors import OperatorError
from spinfer.manifest.load import loads

GOLDEN = Path(__file__).parent.parent / "golden"
GARBAGE = (
    7,
    -1,
    1.5,
    float("nan"),
    True,
    "",
    "x",
    "{{",
    "é\n",
    [],
    [7],
    [[]],
    [{}],
    {},
    {"x": 1},
    date(2024, 1, 1),
)


def toml(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(v)}" for key, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str() | bool():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def mutations(value: object) -> Iterator[object]:
    """The value with garbage in each place, an unknown key in each table, and each key left out."""
    yield from GARBAGE
    match value:
        case dict():
            yield value | {"unknown key": 1}
            for key, inner in value.items():
                yield {k: v for k, v in value.items() if k != key}
                for garbage in mutations(inner):
                    yield value | {key: garbage}
        case list():
            for index, inner in enumerate(value):
                for garbage in mutations(inner):
                    yield [*value[:index], garbage, *value[index + 1 :]]


def check(case: Path, load: Callable[[str], object], minimum: int) -> None:
    refused = 0
    for document in mutations(tomli.loads(case.read_text())):
        if not isinstance(document, dict):
            continue
        try:
            load("\n".join(f"{toml(key)} = {toml(value)}" for key, value in document.items()))
        except OperatorError as e:
            refused += 1
            for problem in e.problems:
                assert problem.where.startswith(("spin.toml", "spinfer.toml", "runtime-config.toml")), problem
                assert problem.what, problem
                assert "nput should" not in problem.what, "a sentence of pydantic's"
    assert refused >= minimum


@pytest.mark.parametrize(
    "case", ["maximal", "v1_maximal", "dependencies", "v1_redis", "static_response", "executors"]
)
def test_manifest(case: str) -> None:
    check(GOLDEN / "manifest" / f"{case}.toml", lambda text: loads(text, Path("spin.toml")), 100)


def test_runtime_config(tmp_path: Path) -> None:
    file = tmp_path / "runtime-config.toml"

    def load(text: str) -> object:
        file.write_text(text)
        return runtime_config.load(file)

    check(GOLDEN / "runtime_config" / "maximal.toml", load, 400)


@pytest.mark.parametrize("case", ["models", "mock", "limits", "remote"])
def test_config(case: str, tmp_path: Path) -> None:
    file = tmp_path / "spinfer.toml"

    def load(text: str) -> object:
        file.write_text(text)
        return spinfer_toml.load(file)

    check(GOLDEN / "config" / f"{case}.toml", load, 20)
