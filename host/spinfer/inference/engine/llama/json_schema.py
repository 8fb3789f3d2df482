"""A JSON schema → a grammar of the JSON texts that fit it, by llama-cpp-python's converter.

The converter leaves out some of what a schema can ask for: `unenforced` says what.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from llama_cpp.llama_grammar import SchemaConverter  # this package has loaded llama.cpp already

from spinfer.inference.engine.llama.grammar import BadGrammar

_CHARACTERS = {
    r'[^"\\]': r'[^"\\\x00-\x1F]',  # its strings have control characters in them, which JSON's have not
    r"[^\x0A\x0D]": r'[^"\\\x00-\x1F]',  # and its patterns' dots quotes as well
}

_IN_LITERALS = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r"}

_MAPS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
"""Their keys are names that the schema's author made up."""

_LEFT_OUT = frozenset(
    [
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "uniqueItems",
        "contains",
        "minContains",
        "maxContains",
        "minProperties",
        "maxProperties",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "not",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
        "unevaluatedItems",
    ]
)


class _Converter(SchemaConverter):
    """Theirs reads a backslash of JSON as one of the grammar's own."""

    def _format_literal(self, literal: str) -> str:
        return '"' + "".join(_IN_LITERALS.get(character, character) for character in literal) + '"'

    def _generate_constant_rule(self, value: object) -> str:
        return self._format_literal(json.dumps(value, ensure_ascii=False))


def to_gbnf(schema: str) -> str:
    """Raises BadGrammar: no JSON, or a schema of which the converter has no notion. Fetches nothing."""
    parsed = _parse(schema)
    make: Callable[..., Any] = _Converter
    converter = make(prop_order={}, allow_fetch=False, dotall=False, raw_pattern=False)
    try:
        converter.visit(converter.resolve_refs(parsed, "schema"), "")
        gbnf = str(converter.format_grammar())
    except Exception as e:  # whatever it stumbles over: it checks a schema with asserts, or not at all
        raise BadGrammar(f"it cannot be made a grammar ({e or type(e).__name__})") from e
    for theirs, ours in _CHARACTERS.items():
        gbnf = gbnf.replace(theirs, ours)
    return gbnf


def unenforced(schema: str) -> tuple[str, ...]:
    """The keywords in a schema that its grammar does not keep answers to. Raises BadGrammar."""
    return tuple(sorted({key for table in _tables(_parse(schema)) for key in table if key in _LEFT_OUT}))


def _parse(schema: str) -> dict[str, object]:
    try:
        parsed = json.loads(schema)
    except (ValueError, RecursionError) as e:
        raise BadGrammar(f"it is not JSON: {e}") from e
    if not isinstance(parsed, dict):
        raise BadGrammar("a schema is a JSON object")
    return parsed


def _tables(value: object) -> Iterator[dict[str, object]]:
    """A schema and those in it."""
    if isinstance(value, list):
        for each in value:
            yield from _tables(each)
    elif isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key in _MAPS and isinstance(inner, dict):
                yield from _tables(list(inner.values()))
            elif key not in ("const", "enum", "default", "examples"):
                yield from _tables(inner)
