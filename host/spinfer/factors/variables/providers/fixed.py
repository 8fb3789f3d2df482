"""Values that were written down: by `--variable`, or in runtime-config.toml."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from spinfer.inference.cancellation import Cancellation


class FixedValues:
    """Values by name."""

    def __init__(self, values: Mapping[str, SecretStr]) -> None:
        self._values = dict(values)

    def __repr__(self) -> str:
        return f"<FixedValues of {', '.join(sorted(self._values)) or 'nothing'}>"

    def get(self, name: str, cancellation: Cancellation) -> str | None:
        value = self._values.get(name)
        return None if value is None else value.get_secret_value()
