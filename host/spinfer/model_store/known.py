"""Models that apps ask for by name, and where to get them; spinfer.toml overrides it all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from spinfer.config.model_source import SourceField
from spinfer.documents import toml
from spinfer.documents.table import Table
from spinfer.errors import ConfigError

_FILE = Path(__file__).with_name("known.toml")


class KnownModel(Table):
    """One row of the table."""

    source: SourceField
    bytes: int = Field(gt=0)
    """To be fetched, roughly."""
    licence: str
    about: str
    """One line."""


class _Known(Table):
    models: dict[str, KnownModel]


@cache
def models() -> dict[str, KnownModel]:
    """By the names that apps use."""
    return _Known.model_validate(toml.read(_FILE, ConfigError)).models
