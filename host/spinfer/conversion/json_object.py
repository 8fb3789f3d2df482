"""One JSON object of a model's folder: typed access, and mistakes that name the file and the key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from spinfer.errors import ModelError

CURE = "The folder may be incomplete or damaged: get it again."
CHOOSE = "This model cannot be converted: choose another one, or look for it as .gguf."


@dataclass(frozen=True, slots=True)
class JsonObject:
    """`where` is the file, or the place in it. Every method raises ModelError.

    A key whose value is `null` counts as absent, as it does for those who write these files.
    """

    where: str
    values: Mapping[str, object]

    def count(self, key: str) -> int:
        """A whole number from 1."""
        value = self.optional_count(key)
        return self._wrong(key, "a whole number of at least 1") if value is None else value

    def optional_count(self, key: str) -> int | None:
        match self.values.get(key):
            case None:
                return None
            case int(value) if value >= 1 and not isinstance(value, bool):
                return value
        return self._wrong(key, "a whole number of at least 1")

    def number(self, key: str) -> float:
        """Above 0, and finite."""
        match self.values.get(key):
            case int(value) | float(value) if 0 < value < float("inf") and not isinstance(value, bool):
                return float(value)
        return self._wrong(key, "a number above 0")

    def text(self, key: str, default: str) -> str:
        value = self.optional_text(key)
        return default if value is None else value

    def optional_text(self, key: str) -> str | None:
        match self.values.get(key):
            case None:
                return None
            case str(value):
                return value
        return self._wrong(key, "a text")

    def flag(self, key: str, default: bool) -> bool:
        value = self.optional_flag(key)
        return default if value is None else value

    def optional_flag(self, key: str) -> bool | None:
        match self.values.get(key):
            case None:
                return None
            case bool(value):
                return value
        return self._wrong(key, "true or false")

    def object(self, key: str) -> JsonObject:
        """The object under `key`; an empty one where there is none."""
        match self.values.get(key):
            case None:
                return JsonObject(f"{self.where}: {key}", {})
            case dict(value):
                return JsonObject(f"{self.where}: {key}", value)
        return self._wrong(key, "an object")

    def objects(self, key: str) -> tuple[JsonObject, ...]:
        """The list of objects under `key`; none where there is none."""
        value = self.values.get(key)
        return () if value is None else as_objects(f"{self.where}: {key}", value)

    def refuse(self, key: str, what: str, cure: str = CHOOSE) -> NoReturn:
        """The value of `key` is well formed, and cannot be converted."""
        raise ModelError(what, where=f"{self.where}: {key}", cure=cure)

    def _wrong(self, key: str, expected: str) -> NoReturn:
        found = "it is missing" if self.values.get(key) is None else f"it is {shown(self.values[key])}"
        raise ModelError(f"expected {expected}, and {found}", where=f"{self.where}: {key}", cure=CURE)


def read(path: Path) -> JsonObject:
    """The object in a file. Raises ModelError; FileNotFoundError where there is none."""
    return one(str(path), load(path))


def read_if_there(path: Path) -> JsonObject:
    """The object in a file; an empty one where there is no file. Raises ModelError."""
    try:
        return read(path)
    except FileNotFoundError:
        return JsonObject(str(path), {})


def load(path: Path) -> object:
    """Whatever a file holds. Raises ModelError; FileNotFoundError where there is none."""
    raw = read_bytes(path)
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as e:
        raise ModelError(f"this is not JSON: {e}", where=str(path), cure=CURE) from e


def read_bytes(path: Path) -> bytes:
    """A file. Raises ModelError; FileNotFoundError where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as e:
        what = f"it cannot be read: {e.strerror or e}"
        raise ModelError(what, where=str(path), cure="Make it a file that you may read.") from e


def one(where: str, value: object) -> JsonObject:
    """The value as an object. Raises ModelError."""
    if isinstance(value, dict):
        return JsonObject(where, value)
    raise ModelError(f"expected an object, got {shown(value)}", where=where, cure=CURE)


def as_objects(where: str, value: object) -> tuple[JsonObject, ...]:
    """The value as a list of objects. Raises ModelError."""
    if not isinstance(value, list):
        raise ModelError(f"expected a list, got {shown(value)}", where=where, cure=CURE)
    return tuple(one(f"{where}[{index}]", item) for index, item in enumerate(value))


def shown(value: object) -> str:
    """A value of a file for a message: short, and nothing in it that a terminal would obey."""
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
