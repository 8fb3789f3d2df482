"""Whose value it is: the first provider's that has one, else the default; what is missing at the start."""

import pytest
from pydantic import SecretStr

from spinfer.errors import ConfigError
from spinfer.factors.variables.provider import ProviderFailed
from spinfer.factors.variables.providers.environment import EnvironmentValues
from spinfer.factors.variables.providers.fixed import FixedValues
from spinfer.factors.variables.resolver import Resolver
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest.application import Variable
from spinfer.manifest.expressions import parse


def fixed(**values: str) -> FixedValues:
    return FixedValues({name: SecretStr(value) for name, value in values.items()})


def test_the_first_that_has_one() -> None:
    variables = {name: Variable(default="d") for name in "abcd"}
    resolver = Resolver(
        variables, [fixed(a="1"), EnvironmentValues({"SPIN_VARIABLE_A": "2"}), fixed(b="3", c="")]
    )
    assert resolver.values() == {"a": "1", "b": "3", "c": "", "d": "d"}
    assert resolver.fill(parse("{{ a }}-{{b}}-{{ d }}")) == "1-3-d"


def test_required_and_without_a_value() -> None:
    resolver = Resolver({"api_key": Variable(required=True), "b": Variable(required=True)}, [fixed(b="2")])
    with pytest.raises(ProviderFailed, match='no provider resolved required variable "api_key"'):
        resolver.value("api_key")
    with pytest.raises(ConfigError) as raised:
        resolver.values()
    assert str(raised.value) == (
        "variables.api_key: the required variable `api_key` has no value\n"
        "  Pass `--variable api_key=…`, set SPIN_VARIABLE_API_KEY, or name a [[variables_provider]] in "
        "runtime-config.toml."
    )


def test_every_failure_at_the_start() -> None:
    class Away:
        def get(self, name: str, cancellation: Cancellation) -> str | None:
            raise ProviderFailed(f"no answer for `{name}`", "http://vault")

    with pytest.raises(ConfigError) as raised:
        Resolver({"a": Variable(default="1"), "b": Variable(required=True)}, [Away()]).values()
    assert str(raised.value) == "http://vault: no answer for `a`\nhttp://vault: no answer for `b`"


def test_environments_and_prefixes() -> None:
    dotenv = {"SPIN_VARIABLE_A": "file", "SPIN_VARIABLE_B_C": "file"}
    values = EnvironmentValues({"SPIN_VARIABLE_A": "process"}, dotenv)
    assert [values.get(name, Cancellation()) for name in ("a", "b_c", "d")] == ["process", "file", None]
    assert EnvironmentValues({"MY_A": "1"}, prefix="MY").get("a", Cancellation()) == "1"
    assert EnvironmentValues({"A": "1"}, prefix="").get("a", Cancellation()) == "1"


def test_values_are_not_shown() -> None:
    shown = repr(fixed(token="hunter2")) + repr(EnvironmentValues({"SPIN_VARIABLE_A": "hunter2"}))
    assert "hunter2" not in shown
    assert "token" in shown
