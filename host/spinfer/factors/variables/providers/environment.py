"""Values from the environment: `SPIN_VARIABLE_API_HOST` is the variable `api_host`."""

from __future__ import annotations

from collections.abc import Mapping

from spinfer.inference.cancellation import Cancellation

DEFAULT_PREFIX = "SPIN_VARIABLE"


class EnvironmentValues:
    """The first of `environments` that has `<prefix>_<NAME>`; with an empty prefix, `<NAME>`."""

    def __init__(self, *environments: Mapping[str, str], prefix: str = DEFAULT_PREFIX) -> None:
        self._environments = environments
        self._prefix = f"{prefix}_" if prefix else ""

    def __repr__(self) -> str:
        return f"<EnvironmentValues {self._prefix}…>"

    def get(self, name: str, cancellation: Cancellation) -> str | None:
        key = f"{self._prefix}{name.upper()}"
        return next((values[key] for values in self._environments if key in values), None)
