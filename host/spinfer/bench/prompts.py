"""The prompts of an experiment, and what is expected of their answers: one JSON object a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from spinfer.documents.problems import problems
from spinfer.documents.table import Table
from spinfer.errors import ConfigError, Problem


class Match(Enum):
    """When an answer is the expected one."""

    EXACT = "exact"
    """The same but for case, space around it, and a full stop at its end."""
    CONTAINS = "contains"
    """The expected text stands somewhere in it, whatever the case."""
    JSON = "json"
    """Both are JSON, of equal value."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """`schema` is a JSON schema as text. `id` comes from the content, so that runs can be compared."""

    text: str
    expected: str | None = None
    match: Match = Match.EXACT
    schema: str | None = None

    @property
    def id(self) -> str:
        text = json.dumps([self.text, self.expected, self.match.value, self.schema])
        return hashlib.sha256(text.encode()).hexdigest()[:8]


class _Line(Table):
    """One line of a prompts file."""

    prompt: str = Field(examples=['{"prompt": "What is the capital of France?"}'])
    expected: object = Field(default=None, examples=['{"prompt": "…", "expected": "positive"}'])
    match: str | None = Field(default=None, examples=['"match": "contains"'])
    json_schema: dict[str, Any] | None = Field(default=None, alias="schema")

    def to_prompt(self) -> Prompt:
        schema = None if self.json_schema is None else json.dumps(self.json_schema, sort_keys=True)
        if self.expected is None or isinstance(self.expected, str):
            return Prompt(self.prompt, self.expected, Match(self.match or "exact"), schema)
        return Prompt(self.prompt, json.dumps(self.expected), Match(self.match or "json"), schema)


def read(path: Path) -> tuple[Prompt, ...]:
    """The prompts in a file; blank lines are skipped. Raises ConfigError, listing every mistake."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as e:
        reason = "there is no such file" if isinstance(e, FileNotFoundError) else str(e)
        cure = 'Give a file with a JSON object a line: {"prompt": "Hello", "expected": "Hi"}'
        raise ConfigError(f"these prompts cannot be read: {reason}", where=str(path), cure=cure) from e
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    found: list[Prompt] = []
    wrong: list[Problem] = []
    for number, line in lines:
        try:
            found.append(_read_line(line, f"{path.name}: line {number}"))
        except ConfigError as e:
            wrong.extend(e.problems)
    if wrong:
        raise ConfigError.listing(wrong)
    if not found:
        raise ConfigError("there is no prompt in it", where=str(path), cure='Write {"prompt": "Hello"}')
    return unique(found)


def unique(found: Iterable[Prompt]) -> tuple[Prompt, ...]:
    """Each once, in order."""
    return tuple({prompt.id: prompt for prompt in found}.values())


def _read_line(line: str, where: str) -> Prompt:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as e:
        raise ConfigError(f"this is not JSON: {e}", where=where, cure='Write {"prompt": "Hello"}') from e
    try:
        return _Line.model_validate(value).to_prompt()
    except ValidationError as e:
        raise ConfigError.listing(problems(e, _Line, where)) from e
    except ValueError as e:
        known = ", ".join(f"`{match.value}`" for match in Match)
        raise ConfigError(str(e), where=f"{where}: match", cure=f"One of {known}.") from e


def as_json(prompt: Prompt) -> dict[str, Any]:
    return {
        "id": prompt.id,
        "prompt": prompt.text,
        "expected": prompt.expected,
        "match": prompt.match.value,
        "schema": prompt.schema,
    }


def from_json(value: dict[str, Any]) -> Prompt:
    return Prompt(value["prompt"], value["expected"], Match(value["match"]), value["schema"])
