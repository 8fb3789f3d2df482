"""What a model may be called where its name becomes the name of a file."""

from __future__ import annotations

from spinfer.errors import ConfigError

_LONGEST = 200
"""UTF-8 bytes; file systems stop at 255, and a suffix has to fit."""


def check(name: str, where: str = "NAME") -> str:
    """The name. Raises ConfigError: it could lead to another folder, or cannot be typed."""
    if problem := _problem(name):
        raise ConfigError(
            f"{name!r} {problem}",
            where=where,
            cure="Choose the name that apps call the model by, for example all-minilm-l6-v2.",
        )
    return name


def fits(name: str) -> bool:
    """Whether check() would let it pass."""
    return not _problem(name)


def _problem(name: str) -> str:
    if not name:
        return "is empty"
    if name in (".", "..", "*"):
        return "is no name"
    if any(char in "/\\" or not char.isprintable() for char in name):
        return "has characters in it that no model's name may have"
    if len(name.encode("utf-8", "replace")) > _LONGEST:
        return f"is too long: {_LONGEST} bytes are the most"
    return ""
