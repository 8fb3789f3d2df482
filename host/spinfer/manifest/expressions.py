"""`{{ variable }}` templates: taken apart here, filled in where the values are known.

A lone `}}` is text, as in Spin: JSON values end in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, ValidationInfo
from pydantic_core import PydanticKnownError

from spinfer.documents.keys import suggestion
from spinfer.documents.table import mistake
from spinfer.manifest.scope import scope


@dataclass(frozen=True, slots=True)
class Reference:
    """`{{ name }}`."""

    name: str

    def __str__(self) -> str:
        return f"{{{{ {self.name} }}}}"


@dataclass(frozen=True, slots=True)
class Template:
    """Text and references in the order of the template; no text is empty."""

    parts: tuple[str | Reference, ...]

    @property
    def names(self) -> frozenset[str]:
        """The application variables that it refers to."""
        return frozenset(part.name for part in self.parts if isinstance(part, Reference))

    def fill(self, value_of: Callable[[str], str]) -> str:
        """The text, with `value_of(name)` in place of each reference."""
        return "".join(part if isinstance(part, str) else value_of(part.name) for part in self.parts)

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


def parse(text: str) -> Template:
    """Raises a `mistake` when `{{` is never closed."""
    return Template(tuple(_parts(text)))


def _parts(text: str) -> Iterator[str | Reference]:
    while text:
        literal, opened, rest = text.partition("{{")
        if literal:
            yield literal
        if not opened:
            return
        name, closed, text = rest.partition("}}")
        if not closed:
            raise mistake("`{{` is not closed", "write `{{ name }}`; a lone `{` needs no escape")
        yield Reference(name.strip())


def _checked(value: object, info: ValidationInfo) -> Template:
    if isinstance(value, Template):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    template = parse(value)
    declared = scope(info)
    for part in template.parts:
        if isinstance(part, Reference) and declared and part.name not in declared.variables:
            raise _unknown(part.name, declared.variables)
    return template


def _unknown(name: str, variables: frozenset[str]) -> ValueError:
    if not name:
        return mistake("`{{ }}` names no variable", "write `{{ name }}`")
    cure = suggestion(name, sorted(variables), "variables") or f"declare it: `[variables.{name}]`"
    return mistake(f"`{{{{ {name} }}}}` is not a variable of this application", cure)


TemplateText = Annotated[Template, PlainValidator(_checked), PlainSerializer(str, return_type=str)]
"""A field that holds a template."""
