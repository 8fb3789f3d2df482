"""The values of an app's variables: the first provider that has one, else the manifest's default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spinfer.errors import ConfigError, Problem
from spinfer.factors.variables.provider import Provider, ProviderFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest.application import Variable
from spinfer.manifest.expressions import Template


class NoValue(ProviderFailed):
    """No provider has a value for a required variable; the wording is Spin's."""


class Resolver:
    """Asks again each time, as values may change while the host runs. Any thread."""

    def __init__(self, variables: Mapping[str, Variable], providers: Sequence[Provider] = ()) -> None:
        self._variables = dict(variables)
        self._providers = tuple(providers)

    def value(self, name: str, cancellation: Cancellation | None = None) -> str:
        """Of a variable that the app declares. Raises ProviderFailed, or Cancelled."""
        waiting = cancellation or Cancellation()
        for provider in self._providers:
            if (value := provider.get(name, waiting)) is not None:
                return value
        default = self._variables[name].default
        if default is None:
            raise NoValue(f'no provider resolved required variable "{name}"')
        return default

    def fill(self, template: Template, cancellation: Cancellation | None = None) -> str:
        """The text of a template. Raises ProviderFailed, or Cancelled."""
        return template.fill(lambda name: self.value(name, cancellation))

    def values(self) -> Mapping[str, str]:
        """Of every variable as the app starts, for what is made of them only then.

        Raises ConfigError, listing all that have none.
        """
        values: dict[str, str] = {}
        problems: list[Problem] = []
        for name in self._variables:
            try:
                values[name] = self.value(name)
            except NoValue:
                what = f"the required variable `{name}` has no value"
                problems.append(Problem(what, f"variables.{name}", _ways(name)))
            except ProviderFailed as failure:
                problems.append(Problem(str(failure), failure.place))
        if problems:
            raise ConfigError.listing(problems)
        return values


def _ways(name: str) -> str:
    return (
        f"Pass `--variable {name}=…`, set SPIN_VARIABLE_{name.upper()}, "
        "or name a [[variables_provider]] in runtime-config.toml."
    )
