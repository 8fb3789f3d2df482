"""Tables whose key `type` says which keys the others are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails

from spinfer.documents.keys import nearest
from spinfer.documents.table import mistake, quoted

Kinds = Mapping[str, type[BaseModel]]


def by_type(noun: str, kinds: Kinds, unsupported: tuple[str, ...] = ()) -> Callable[[object], BaseModel]:
    """A validator: the table of that `type`. `unsupported` are types that Spin has and spinfer does not."""

    def chosen(value: object) -> BaseModel:
        if isinstance(value, tuple(kinds.values())):
            assert isinstance(value, BaseModel)
            return value
        if not isinstance(value, Mapping):
            raise mistake(f"expected a table, got {quoted(value)}", f"begin it with {_written(kinds)}")
        match value.get("type"):
            case str() as kind if kind in kinds:
                return kinds[kind].model_validate(value)
            case None:
                raise _at_type(value, "missing", f"write {_written(kinds)}")
            case str() as kind if kind in unsupported:
                raise _at_type(value, f"spinfer has no {noun} of type {quoted(kind)}", _use(kinds))
            case kind:
                near = nearest(kind, kinds) if isinstance(kind, str) else None
                cure = f'did you mean "{near}"?' if near else _use(kinds)
                raise _at_type(value, f"{quoted(kind)} is no type of {noun}", cure)

    return chosen


def _written(kinds: Kinds) -> str:
    return " or ".join(f'`type = "{kind}"`' for kind in kinds)


def _use(kinds: Kinds) -> str:
    return f"use {_written(kinds)}"


def _at_type(table: object, what: str, cure: str) -> ValidationError:
    """A mistake of the table's key `type`, whether it is there or not."""
    details: InitErrorDetails = {"type": mistake(what, cure), "loc": ("type",), "input": table}
    return ValidationError.from_exception_data("table", [details])
