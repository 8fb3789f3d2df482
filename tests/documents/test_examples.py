"""The example that stands on a field is shown to people: it must be TOML, for that field, and right."""

from collections.abc import Iterator

import pytest
import tomli
from pydantic import BaseModel, ValidationError

from spinfer.config.spinfer_toml import SpinferConfig
from spinfer.documents.table import Table
from spinfer.manifest import v1, v2


def tables(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for sub in kind.__subclasses__():
        yield sub
        yield from tables(sub)


SHOWN_BY_ANOTHER = {
    (table, "trigger")
    for table in (v1.DocumentV1, *tables(v1.DocumentV1))
    if table is not v1.document_type({})
}
"""This key decides what a version-1 document is checked against: only that of no known type can lack it."""

EXAMPLES = [
    pytest.param(table, name, field.examples[0], id=f"{table.__name__}.{name}")
    for table in sorted(set(tables(Table)), key=lambda t: (t.__module__, t.__qualname__))
    for name, field in table.model_fields.items()
    if field.examples
    and not field.examples[0].startswith(("[", "{", '"'))  # no TOML: some tables are lines of JSON
    and (table, name) not in SHOWN_BY_ANOTHER
]


@pytest.mark.parametrize(("table", "name", "example"), EXAMPLES)
def test_an_example_is_right(table: type[BaseModel], name: str, example: str) -> None:
    document = tomli.loads(example)
    assert list(document) == [name]
    try:
        table.model_validate(document)
    except ValidationError as e:  # it may lack other keys
        assert {"missing"} >= {
            error["type"] for error in e.errors() if not error.get("ctx", {}).get("in_table")
        }
        assert name not in {error["loc"][0] for error in e.errors() if error["type"] == "missing"}


def test_they_are_found() -> None:
    assert {v1.ComponentV1, v2.HttpTriggerTable, SpinferConfig} <= set(tables(Table))
    assert len(EXAMPLES) > 100
