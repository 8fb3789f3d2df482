"""What pydantic found wrong with a document, in the operator's words: the place, the mistake, the cure."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spinfer.documents.keys import Location, key_path, nearest, suggestion
from spinfer.documents.outline import Outline
from spinfer.documents.table import quoted
from spinfer.errors import Problem

EXPECTED = {
    "string_type": "a string",
    "int_type": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "`true` or `false`",
    "tuple_type": "an array",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
"""pydantic's word for a wrong type → ours for the right one."""

BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def problems(error: ValidationError, model: type[BaseModel], document: str) -> tuple[Problem, ...]:
    """Every mistake in `error`, from checking the file called `document` against `model`."""
    outline = Outline(model)
    found = error.errors(include_url=False)
    misspelt = {_meant(details["loc"], outline) for details in found if details["type"] == "extra_forbidden"}
    return tuple(
        _problem(details, outline, document)
        for details in found
        if details["type"] != "missing" or details["loc"] not in misspelt  # one mistake, not two
    )


def at(document: str, location: Location) -> str:
    """Where something stands: `spin.toml: trigger.http[1].route`."""
    path = key_path(location)
    return f"{document}: {path}" if path else document


def _meant(location: Location, outline: Outline) -> Location | None:
    """The place of the known key that the unknown one at `location` may stand for."""
    near = nearest(str(location[-1]), outline.keys(location[:-1]))
    return (*location[:-1], near) if near else None


def _problem(details: ErrorDetails, outline: Outline, document: str) -> Problem:
    location = details["loc"]
    if location and location[-1] == "[key]":  # pydantic's mark for a mistake in a key itself
        location = location[:-1]
    cure = _cure(details, outline, location)
    if details.get("ctx", {}).get("in_table"):
        location = location[:-1]
    return Problem(_what(details), at(document, location), cure)


def _what(details: ErrorDetails) -> str:
    got, context = quoted(details["input"]), details.get("ctx", {})
    match details["type"]:
        case "mistake":
            what = context["what"]
        case "extra_forbidden":
            what = "unknown key"
        case "missing":
            what = "missing"
        case "string_too_short" | "too_short":
            what = "must not be empty"
        case "literal_error":
            what = f"expected {context['expected']}, got {got}".replace("'", '"')
        case "value_error":
            what = str(context["error"])
        case kind if kind in EXPECTED:
            what = f"expected {EXPECTED[kind]}, got {got}"
        case kind if kind in BOUNDS:
            words, bound = BOUNDS[kind]
            what = f"must be {words} {context[bound]:.15g}, got {got}"
        case _:
            what = details["msg"][:1].lower() + details["msg"][1:]
    return str(what)


def _cure(details: ErrorDetails, outline: Outline, location: Location) -> str:
    match details["type"]:
        case "mistake":
            return str(details["ctx"]["cure"])
        case "extra_forbidden":
            return _cure_of_unknown_key(str(location[-1]), outline.keys(location[:-1]))
        case "tuple_type" if isinstance(details["input"], Mapping) and outline.keys((*location, 0)):
            return f"write it in double brackets: [[{key_path(location)}]]"
    example = outline.example(location)
    return f"for example: {example}" if example else ""


def _cure_of_unknown_key(key: str, known: list[str]) -> str:
    if key in known:  # where one of several tables may stand, `known` are the keys of all
        return f"`{key}` does not go with the other keys of this table"
    return suggestion(key, known, "keys known here")
