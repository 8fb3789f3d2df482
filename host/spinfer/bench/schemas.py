"""JSON schemas, as checks of a value. The one place that knows the package for it, which is an extra."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

from spinfer.errors import ConfigError

Check = Callable[[object], bool]


@functools.cache
def checker(schema: str) -> Check:
    """Whether a value keeps to the schema (a text). Raises ConfigError: no schema, or no package for it."""
    try:
        import fastjsonschema  # noqa: PLC0415 - an extra, which most runs do without
    except ImportError as e:
        raise ConfigError(
            "answers cannot be checked against JSON schemas: the package `fastjsonschema` is not installed",
            cure="pip install 'spinfer[bench]'",
        ) from e
    try:
        validate = fastjsonschema.compile(json.loads(schema), use_default=False)
    except (fastjsonschema.JsonSchemaDefinitionException, ValueError, TypeError, AttributeError) as e:
        raise ConfigError(f"this is no JSON schema: {e}", where=f"schema {schema[:60]}") from e

    def check(value: object) -> bool:
        try:
            validate(value)
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return check
