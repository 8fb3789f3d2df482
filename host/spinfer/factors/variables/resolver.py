"""The values of an app's variables: the first provider that has one, else the manifest's default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spinfer.errors import ConfigError, Problem
from spinfer.factors.variables.provider import Provider, ProviderFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest.application import Variable
from spinfer.manifest.expressions import Template


class Resolver:
    """Asks again each time, as values may change while the host runs. Any thread."""

    def __init__(self, variables: Mapping[str, Variable], providers: Sequence[Provider] = ()) -> None:
        self._variables = dict(variables)
        self._providers = tuple(providers)

    def __contains__(self, name: str) -> bool:
        """Whether the app declares such a variable."""
        return name in self._variables

    def value(self, name: str, cancellation: Cancellation | None = None) -> str:
        """Of a variable that the app declares. Raises ProviderFailed, or Cancelled."""
        waiting = cancellation or Cancellation()
        for provider in self._providers:
            if (value := provider.get(name, waiting)) is not None:
                return value
        default = self._variables[name].default
        if default is None:
            raise ProviderFailed(f'no provider resolved required variable "{name}"')
        return default

    def fill(self, template: Template, cancellation: Cancellation | None = None) -> str:
        """The text of a template. Raises ProviderFailed, or Cancelled."""
        return template.fill(lambda name: self.value(name, cancellation))

    def check(self) -> None:
        """Ask for every variable once, as the app starts. Raises ConfigError, listing all without a value."""
        problems = tuple(self._problems())
        if problems:
            raise ConfigError.listing(problems)

    def _problems(self) -> Iterator[Problem]:
        for name, variable in self._variables.items():
            where = f"variables.{name}"
            try:
                if self._provided(name) is None and variable.default is None:
                    yield Problem(f"the required variable `{name}` has no value", where, _ways(name))
            except ProviderFailed as failure:
                yield Problem(str(failure), failure.place or where)

    def _provided(self, name: str) -> str | None:
        found = (provider.get(name, Cancellation()) for provider in self._providers)
        return next((value for value in found if value is not None), None)


def _ways(name: str) -> str:
    return (
        f"Pass `--variable {name}=…`, set SPIN_VARIABLE_{name.upper()}, "
        "or name a [[variables_provider]] in runtime-config.toml."
    )
