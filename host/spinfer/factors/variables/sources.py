"""Every provider of an app, in the order in which they are asked, from what the operator wrote."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from pydantic import SecretStr

from spinfer.config import dotenv
from spinfer.config.providers import EnvProvider, StaticProvider, VariablesProvider, VaultProvider
from spinfer.factors.variables.provider import Provider
from spinfer.factors.variables.providers.environment import EnvironmentValues
from spinfer.factors.variables.providers.fixed import FixedValues

if TYPE_CHECKING:
    from spinfer.web.client import WebClient

log = logging.getLogger(__name__)

DOTENV = ".env"


@dataclass(frozen=True, slots=True)
class VariableSettings:
    """Where the values of variables come from, the manifest's defaults apart."""

    given: Mapping[str, SecretStr] = field(default_factory=dict)
    """By `--variable`."""
    providers: tuple[VariablesProvider, ...] = ()
    """By runtime-config.toml."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The host's."""
    folder: Path | None = None
    """Where an `.env` may lie; None: nowhere."""


class Sources:
    """The providers, in a `with` block: vaults are asked over connections that end with it."""

    def __init__(self, settings: VariableSettings) -> None:
        """Reads the `.env` files. Raises ConfigError."""
        self._closing = ExitStack()
        self._web: WebClient | None = None
        self._environment = settings.environment
        usual = settings.folder and settings.folder / DOTENV
        self.providers: tuple[Provider, ...] = (
            FixedValues(settings.given),
            *map(self._provider, settings.providers),
            EnvironmentValues(settings.environment, _dotenv(usual)),
        )

    def __enter__(self) -> Sources:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _provider(self, config: VariablesProvider) -> Provider:
        match config:
            case StaticProvider(values=values):
                return FixedValues(values)
            case EnvProvider(prefix=prefix, dotenv_path=None):
                return EnvironmentValues(self._environment, prefix=prefix)
            case EnvProvider(prefix=prefix, dotenv_path=Path() as file):
                if not file.exists():
                    log.warning("%s: there is no such file; `dotenv_path` names it", file)
                return EnvironmentValues(self._environment, _dotenv(file), prefix=prefix)
            case VaultProvider():
                # imported here: an HTTP client takes a fifth of a second, which others need not spend
                from spinfer.factors.variables.providers.vault import VaultValues  # noqa: PLC0415

                return VaultValues(config, self._client())
        raise AssertionError(f"no provider: {config!r}")

    def _client(self) -> WebClient:
        from spinfer.web.client import WebClient  # noqa: PLC0415 - as above

        if self._web is None:
            self._web = self._closing.enter_context(WebClient())
        return self._web


def _dotenv(file: Path | None) -> dict[str, str]:
    """What the file sets; nothing where there is none."""
    try:
        return {} if file is None else dotenv.read(file)
    except FileNotFoundError:
        return {}
