"""From a file to a TOML table, or to one sentence that says why not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import tomli

from spinfer.documents.keys import key_path
from spinfer.errors import OperatorError


def read(path: Path, error: type[OperatorError]) -> dict[str, object]:
    """The table that the file holds. FileNotFoundError is the caller's to explain; else raises `error`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as e:
        raise error(f"cannot be read: {e.strerror}", where=str(path)) from e
    return parse(_decode(content, path, error), path, error)


def parse(text: str, path: Path, error: type[OperatorError]) -> dict[str, object]:
    """The table that the text holds; `path` only names it. Raises `error`."""
    try:
        return tomli.loads(text)
    except RecursionError as e:
        raise error("arrays or tables are nested too deep", where=path.name) from e
    except ValueError as e:
        message, place = _split_place(str(e))
        raise error(message, where=f"{path.name}: {place}" if place else path.name) from e


def _decode(content: bytes, path: Path, error: type[OperatorError]) -> str:
    try:
        return content.decode("utf-8-sig")  # a byte order mark, as some editors write, is no mistake
    except UnicodeDecodeError as e:
        line = content.count(b"\n", 0, e.start) + 1
        raise error(
            f"not UTF-8: byte 0x{content[e.start]:02x} in line {line} begins no character",
            where=path.name,
            cure="save the file with the encoding UTF-8",
        ) from e


def _split_place(message: str) -> tuple[str, str]:
    """`Invalid value (at line 3, column 5)` → (`invalid value`, `line 3, column 5`)."""
    found = re.fullmatch(r"(.*?)\s*\(at (.*?)\)", message, re.DOTALL)
    what, place = found.groups() if found else (message, "")
    what = re.sub(r"\(('[^()]*')\)", _dotted, what)
    return what[:1].lower() + what[1:], place


def _dotted(found: re.Match[str]) -> str:
    """tomli names a key by its tuple; people know it by its dots."""
    keys = ast.literal_eval(f"({found[1]},)")
    return f"`{key_path(keys)}`"
