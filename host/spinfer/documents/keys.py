"""Keys of a document: how a path of them is written, and which known one somebody may have meant."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable

Location = tuple[str | int, ...]
"""From the root of a document: a key for each table, an index for each array."""


def key_path(location: Location) -> str:
    """`("trigger", "http", 1, "route")` → `trigger.http[1].route`; a key that needs quotes gets them."""
    path = ""
    for key in location:
        if isinstance(key, int):
            path += f"[{key}]"
        else:
            path += (
                f".{key}"
                if re.fullmatch(r"[A-Za-z0-9_-]+", key)
                else f".{json.dumps(key, ensure_ascii=False)}"
            )
    return path.removeprefix(".")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, if any does."""
    return next(iter(difflib.get_close_matches(name.lower(), list(known), n=1)), None)


def suggestion(name: str, known: Iterable[str], noun: str) -> str:
    """The nearest known name, else all of them: `did you mean …?`, `keys known here: …`."""
    names = list(dict.fromkeys(known))
    near = nearest(name, names)
    if near:
        return f"did you mean `{near}`?"
    return f"{noun}: {', '.join(f'`{n}`' for n in names)}" if names else ""
