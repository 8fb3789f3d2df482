"""A JSON schema → a grammar of the JSON texts that fit it, by llama-cpp-python's converter."""

from __future__ import annotations

import json

from spinfer.inference.engine.llama.grammar import BadGrammar
from spinfer.inference.engine.llama.library import llama as _loaded  # noqa: F401 - its environment comes first


def to_gbnf(schema: str) -> str:
    """Raises BadGrammar: no JSON, or a schema of which the converter has no notion. Fetches nothing."""
    from llama_cpp.llama_grammar import json_schema_to_gbnf  # noqa: PLC0415 - see above

    try:
        parsed = json.loads(schema)
    except (ValueError, RecursionError) as e:
        raise BadGrammar(f"it is not JSON: {e}") from e
    if not isinstance(parsed, dict):
        raise BadGrammar("a schema is a JSON object")
    try:
        return str(json_schema_to_gbnf(schema))
    except Exception as e:  # whatever it stumbles over: it checks a schema with asserts, or not at all
        raise BadGrammar(f"it cannot be made a grammar ({e or type(e).__name__})") from e
