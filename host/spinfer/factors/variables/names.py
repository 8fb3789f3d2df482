"""What a variable may be called, and what a guest is told of another name; wording as Spin's. Pure."""

from __future__ import annotations

import json
import re

_GOOD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def mistake(name: str) -> str | None:
    """Why this cannot be a variable's name, with the name; None: it can."""
    if _GOOD.fullmatch(name):
        return None
    return f"{json.dumps(name, ensure_ascii=False)}: {_reason(name)}"


def _reason(name: str) -> str:
    if not name:
        return "must not be empty"
    if strange := re.search(r"[^a-z0-9_]", name):
        return (
            f"invalid character {strange[0]!r}. Variable names may contain only lower-case letters, numbers, "
            "and underscores."
        )
    if not name[0].isalpha():
        return "must start with a lowercase ASCII letter"
    if name.endswith("_"):
        return "must end with a lowercase ASCII letter or digit"
    return "must not contain multiple consecutive underscores"
