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
        return [_written(t, name) for t in types if _is_model(t) for name in t.model_fields]

    def example(self, location: Location) -> str:
        """The example of the innermost field on the way to `location` that has one, or ""."""
        return self._walk(location)[1]

    def _walk(self, location: Location) -> tuple[list[Any], str]:
        types: list[Any] = [self._root]
        example = ""
        for key in location:
            steps = [step for t in types for step in _step(t, key)]
            types = [member for annotation, _ in steps for member in _members(annotation)]
            example = next((e for _, e in steps if e), example)
        return types, example


def _step(owner: object, key: str | int) -> Iterator[tuple[Any, str]]:
    """Into a field, a mapping's value or an array's item: its annotation and its example."""
    if _is_model(owner):
        for name, field in owner.model_fields.items():
            if _written(owner, name) == key:
                yield field.annotation, str(field.examples[0]) if field.examples else ""
                return
        if "__pydantic_extra__" in owner.__annotations__:
            yield get_args(get_type_hints(owner, include_extras=True)["__pydantic_extra__"])[1], ""
    elif isinstance(key, str) and _is_mapping(owner):
        yield get_args(owner)[1], ""
    elif isinstance(key, int) and get_origin(owner) is tuple:
        yield get_args(owner)[0], ""


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


def _written(owner: type[BaseModel], name: str) -> str:
    return owner.model_fields[name].alias or name
