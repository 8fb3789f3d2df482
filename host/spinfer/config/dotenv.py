"""`.env` files: lines of `NAME=value`, as shells read them; nothing in them is substituted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from spinfer.errors import ConfigError, Problem

_NOTHING = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)+|[ \t]*(?:#[^\n]*)?\Z")
_ASSIGNMENT = re.compile(
    r"""
    [ \t]* (?:export[ \t]+)? (?P<name>[A-Za-z_][A-Za-z0-9_.]*) [ \t]*=[ \t]*
    (?: '(?P<single>[^']*)' | "(?P<double>(?:[^"\\]|\\.)*)" | (?P<plain>(?:[^\s'"#](?:[^\n]*?[^\s])??)??) )
    [ \t]* (?:[ \t]\#[^\n]*)? (?:\n|\Z)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read(path: Path) -> dict[str, str]:
    """What the file sets. FileNotFoundError is the caller's to explain; else raises ConfigError."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as e:
        reason = e.strerror if isinstance(e, OSError) else "it is not UTF-8"
        raise ConfigError(f"cannot be read: {reason}", where=str(path)) from e
    return parse(text.replace("\r\n", "\n"), path)


def parse(text: str, path: Path) -> dict[str, str]:
    """What the text sets; of two lines for one name, the first. `path` only names it. Raises ConfigError."""
    values: dict[str, str] = {}
    for name, value in _assignments(text, path):
        values.setdefault(name, value)
    return values


def _assignments(text: str, path: Path) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        if (nothing := _NOTHING.match(text, at)) and nothing.end() > at:
            at = nothing.end()
        elif found := _ASSIGNMENT.match(text, at):
            yield found["name"], _value(found)
            at = found.end()
        else:
            line = text.count("\n", 0, at) + 1
            mistake = Problem("this sets no variable", f"{path}: line {line}", "write NAME=value")
            raise ConfigError.listing([mistake])


def _value(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), found["double"], flags=re.DOTALL)
    return found["single"] if found["single"] is not None else found["plain"]
