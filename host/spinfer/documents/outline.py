"""What a model knows about a place in its document: which keys may stand there, and an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from spinfer.documents.keys import Location

_UNIONS = (Union, type(int | str))


class Outline:
    """The tree of a model's annotations, walked by location; a union is all of its members at once."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._root = model

    def keys(self, location: Location) -> list[str]:
        """The keys that the table at `location` may have."""
        types, _ = self._walk(location)
        return [name for t in types if _is_model(t) for name in t.model_fields]

    def example(self, location: Location) -> str:
        """The example of the field that holds what is at `location`, or ""."""
        return self._walk(location)[1]

    def _walk(self, location: Location) -> tuple[list[Any], str]:
        types: list[Any] = [self._root]
        example = ""
        for key in location:
            if any(map(_is_model, types)):
                example = next(filter(None, (_example(t, key) for t in types)), "")
            types = [member for t in types for step in _step(t, key) for member in _members(step)]
        return types, example


def _step(owner: object, key: str | int) -> Iterator[Any]:
    """Into a field, a mapping's value or an array's item: its annotation."""
    if _is_model(owner):
        if key in owner.model_fields:
            yield owner.model_fields[str(key)].annotation
        elif "__pydantic_extra__" in owner.__annotations__:
            yield get_args(get_type_hints(owner, include_extras=True)["__pydantic_extra__"])[1]
    elif isinstance(key, str) and _is_mapping(owner):
        yield get_args(owner)[1]
    elif isinstance(key, int) and get_origin(owner) is tuple:
        yield get_args(owner)[0]


def _example(owner: object, key: str | int) -> str:
    field = owner.model_fields.get(str(key)) if _is_model(owner) else None
    return str(field.examples[0]) if field and field.examples else ""


def _members(annotation: object) -> Iterator[Any]:
    """The types behind `Annotated` and unions."""
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif get_origin(annotation) in _UNIONS:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_mapping(annotation: object) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)
