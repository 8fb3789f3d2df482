"""The ground that every table of a document is built on: strict, frozen, and without unknown keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Table(BaseModel):
    """A table whose keys are all known. A field's `examples` are lines of TOML: messages show the first."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OpenTable(Table):
    """A table that others extend: unknown keys are kept in `model_extra`."""

    model_config = ConfigDict(extra="allow")


Array = Annotated[tuple[T, ...], Field(strict=False)]
"""A TOML array as a tuple: the one place where lists are let in, its items stay strict."""

FreeTable = Mapping[str, object]
"""A table that we carry and do not read."""


def mistake(what: str, cure: str = "", *, in_table: bool = False) -> PydanticCustomError:
    """Raise it in a validator. `in_table`: the mistake is the whole table's, not the field's at hand."""
    context: dict[str, Any] = {"what": what, "cure": cure, "in_table": in_table}
    return PydanticCustomError("mistake", "{what}", context)


def quoted(value: object) -> str:
    """A value of a document, short enough for a message."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value if len(value) <= 60 else f"{value[:59]}…", ensure_ascii=False)
        case int() | float():
            return str(value)
        case list() | tuple():
            return "an array" if value else "an empty array"
        case Mapping():
            return "a table" if value else "an empty table"
        case _:
            return f"a {type(value).__name__}"
