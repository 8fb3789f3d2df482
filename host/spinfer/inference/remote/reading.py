"""Values out of a server's JSON, which may be anything. Pure; raises Unreadable."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class Unreadable(Exception):
    """It is not what the API promises."""


def table(text: str | bytes) -> Mapping[str, object]:
    """The text as a JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise Unreadable("no JSON") from e
    if not isinstance(value, Mapping):
        raise Unreadable("no object")
    return value


def count(tables: object, key: str) -> int | None:
    """A number of tokens; None where the server does not say."""
    value = tables.get(key) if isinstance(tables, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def text(value: object) -> str:
    """Text that can be encoded: halves of a surrogate pair, which JSON lets through, are replaced."""
    if not isinstance(value, str):
        raise Unreadable("no text")
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def vectors(rows: Sequence[object], expected: int) -> NDArray[np.float32]:
    """Of shape (expected, dimensions)."""
    try:
        array = np.array(rows, np.float32)
    except (TypeError, ValueError, OverflowError) as e:
        raise Unreadable("no numbers") from e
    if array.ndim != 2 or len(array) != expected or array.shape[1] == 0 or not np.isfinite(array).all():
        raise Unreadable("no vectors")
    return array
