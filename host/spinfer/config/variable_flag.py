"""`--variable` of the command line: values of an app's variables, written there or in files.

| written | sets |
|---|---|
| `NAME=VALUE` | one variable |
| `NAME=@FILE` | one variable, to the content of a text file |
| `@FILE.toml`, `@FILE.json` | every variable that the file names |

No message quotes a value: it may be a secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import SecretStr

from spinfer.documents import toml
from spinfer.errors import ConfigError, Problem

OPTION = "--variable"
EXAMPLES = "write NAME=VALUE, NAME=@FILE, or @FILE with a file that ends in .toml or .json"


def parse(values: Iterable[str], folder: Path) -> dict[str, SecretStr]:
    """The values by name, later ones over earlier ones; relative paths start in `folder`.

    Raises ConfigError, listing every mistake.
    """
    found: dict[str, SecretStr] = {}
    problems: list[Problem] = []
    for value in values:
        try:
            found.update(_one(value, folder))
        except ConfigError as e:
            problems.extend(e.problems)
    if problems:
        raise ConfigError.listing(problems)
    return found


def _one(written: str, folder: Path) -> Mapping[str, SecretStr]:
    if written.startswith("@"):
        return _table(folder / Path(written[1:]).expanduser())
    name, equals, value = written.partition("=")
    if not equals or not name:
        raise ConfigError("this sets no variable", where=OPTION, cure=EXAMPLES)
    if value.startswith("@"):
        return {name: SecretStr(_text(folder / Path(value[1:]).expanduser()))}
    return {name: SecretStr(value)}


def _table(file: Path) -> Mapping[str, SecretStr]:
    match file.suffix:
        case ".toml":
            raw: object = toml.parse(_text(file), file, ConfigError)
        case ".json":
            raw = _json(file)
        case _:
            raise ConfigError("it is neither TOML nor JSON by its name", where=str(file), cure=EXAMPLES)
    if not isinstance(raw, Mapping):
        raise ConfigError("it holds no table of variables", where=str(file), cure='write { "name": "value" }')
    wrong = [name for name, value in raw.items() if not isinstance(value, str)]
    if wrong:
        raise ConfigError.listing(
            Problem(f"the value of `{name}` is no string", str(file), "write it in quotes") for name in wrong
        )
    return {name: SecretStr(value) for name, value in raw.items()}


def _json(file: Path) -> object:
    try:
        return json.loads(_text(file))
    except (ValueError, RecursionError) as e:
        line = f": line {e.lineno}, column {e.colno}" if isinstance(e, json.JSONDecodeError) else ""
        raise ConfigError("it is not JSON", where=f"{file}{line}") from e


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as e:
        missing = isinstance(e, FileNotFoundError)
        reason = "there is no such file" if missing else f"cannot be read: {e.strerror}"
        raise ConfigError(reason, where=f"{OPTION}: {file}") from e
    except UnicodeDecodeError as e:
        raise ConfigError("it is not a text in UTF-8", where=f"{OPTION}: {file}") from e
