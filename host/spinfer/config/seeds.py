"""`--key-value` and `--sqlite` of the command line: what the stores hold before the first guest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from spinfer.config.stores import DEFAULT
from spinfer.errors import ConfigError

KEY_VALUE, SQLITE = "--key-value", "--sqlite"


@dataclass(frozen=True, slots=True)
class Script:
    """SQL to run in the database of that label; any number of statements."""

    label: str
    statements: str
    where: str = SQLITE
    """What a complaint about it names."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """In the order in which they were given."""

    pairs: tuple[tuple[str, str], ...] = ()
    """Keys and values for the key-value store `default`."""
    scripts: tuple[Script, ...] = ()

    @classmethod
    def parse(cls, pairs: Iterable[str], scripts: Iterable[str], folder: Path) -> Seeds:
        """`KEY=VALUE`; SQL, `@FILE` or `@FILE:LABEL`, files relative to `folder`. Raises ConfigError."""
        return cls(tuple(map(_pair, pairs)), tuple(_script(script, folder) for script in scripts))


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What the command line and spinfer.toml say of the stores, beyond runtime-config.toml."""

    seeds: Seeds = field(default_factory=Seeds)
    """What is put there at the start."""
    sqlite_timeout_s: float | None = None
    """How long one SQL statement may take; None: the default."""


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ConfigError(
            f"`{text}` sets no key", where=KEY_VALUE, cure="Write KEY=VALUE, as in greeting=hello"
        )
    return key, value


def _script(text: str, folder: Path) -> Script:
    if not text.startswith("@"):
        return Script(DEFAULT, text)
    name, colon, label = text[1:].partition(":")
    if not name.strip() or (colon and not label.strip()):
        raise ConfigError(
            f"`{text}` names no {'label' if name.strip() else 'file'}",
            where=SQLITE,
            cure="Write @FILE, or @FILE:LABEL for a database other than `default`.",
        )
    file = folder / Path(name.strip()).expanduser()
    return Script(label.strip() or DEFAULT, _read(file), f"{SQLITE}: {file}")


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except OSError as e:
        raise ConfigError(f"cannot be read: {e.strerror}", where=f"{SQLITE}: {file}") from e
    except UnicodeDecodeError as e:
        raise ConfigError("it is not a text in UTF-8", where=f"{SQLITE}: {file}") from e
