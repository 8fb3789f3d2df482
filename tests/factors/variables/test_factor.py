"""The three interfaces through a real guest: the same values, each one's own words for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.wat_variables import VARIABLES_WAT
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.errors import Cancelled, GuestCancelled
from spinfer.factors.variables import interface
from spinfer.factors.variables.factor import VariablesFactor
from spinfer.factors.variables.provider import ProviderFailed
from spinfer.factors.variables.resolver import Resolver
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest.application import Variable
from spinfer.manifest.expressions import parse
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry

TYPES = {
    "get": interface.GET,
    "get-config": interface.GET_CONFIG,
    "store-get": interface.STORE_GET,
    "store-get-all": interface.STORE_GET_ALL,
}
VARIABLES = {
    "host": Variable(default="example.com"),
    "token": Variable(required=True, secret=True),
    "broken": Variable(required=True),
    "slow": Variable(required=True),
}
COMPONENTS = {
    "web": {
        "url": parse("https://{{ host }}/{{ token }}?a={ }}"),
        "plain": parse("é"),
        "broken": parse("{{ broken }}"),
        "slow": parse("{{ slow }}"),
    },
    "few": {"a": parse("1"), "b": parse("{{ host }}")},
}
Ask = Callable[..., object]


class Provider:
    """Has a token that changes, fails for one variable, and never answers for another."""

    def __init__(self) -> None:
        self.tokens = iter(["first", "second"])

    def get(self, name: str, cancellation: Cancellation) -> str | None:
        match name:
            case "token":
                return next(self.tokens)
            case "broken":
                raise ProviderFailed("it is away", "http://vault")
            case "slow":
                cancellation.cancel()  # as a caller does that leaves meanwhile
                raise Cancelled
        return None


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    with Compiler() as compiler:
        yield compiler


@pytest.fixture
def ask(compiler: Compiler, tmp_path: Path) -> Ask:
    path = tmp_path / "app.wat"
    path.write_text(VARIABLES_WAT)
    factor = VariablesFactor(Resolver(VARIABLES, [Provider()]), COMPONENTS)

    def ask(function: str, *arguments: str, component: str = "web") -> object:
        executor = Executor(compiler, [factor])
        executor.load([ComponentFile(component, path)], [Entry(None, function, TYPES[function])])
        with executor.instantiate(component) as instance:
            return instance.call(*arguments)

    return ask


@pytest.mark.parametrize("function", ["get", "get-config"])
def test_a_template_is_filled_with_the_values_of_the_moment(ask: Ask, function: str) -> None:
    assert ask(function, "url") == Ok("https://example.com/first?a={ }}")
    assert ask(function, "url") == Ok("https://example.com/second?a={ }}")
    assert ask(function, "plain") == Ok("é")


def test_wasi_config(ask: Ask) -> None:
    assert ask("store-get", "plain") == Ok(Some("é"))
    assert ask("store-get-all", component="few") == Ok([("a", "1"), ("b", "example.com")])
    assert ask("store-get-all", component="none") == Ok([])


def test_what_the_component_does_not_declare(ask: Ask) -> None:
    # the app's own variables are not the component's
    said = 'no variable for "web"."host"'
    assert ask("get", "host") == Err(Case("undefined", said))
    assert ask("get-config", "host") == Err(Case("provider", said))
    assert ask("store-get", "host") == Ok(None)
    assert ask("get", "plain", component="none") == Err(Case("undefined", 'no variable for "none"."plain"'))


ALLOWED = "Variable names may contain only lower-case letters, numbers, and underscores."


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", '"": must not be empty'),
        ("aX", f"\"aX\": invalid character 'X'. {ALLOWED}"),
        ("x-y", f"\"x-y\": invalid character '-'. {ALLOWED}"),
        ("x\ny", f"\"x\\ny\": invalid character '\\n'. {ALLOWED}"),
        ("1bc", '"1bc": must start with a lowercase ASCII letter'),
        ("_x", '"_x": must start with a lowercase ASCII letter'),
        ("x_", '"x_": must end with a lowercase ASCII letter or digit'),
        ("a__b", '"a__b": must not contain multiple consecutive underscores'),
    ],
)
def test_what_is_no_name(ask: Ask, name: str, said: str) -> None:
    assert ask("get", name) == Err(Case("invalid-name", said))
    assert ask("get-config", name) == Err(Case("invalid-key", said))
    assert ask("store-get", name) == Ok(None)


def test_a_provider_that_fails(ask: Ask) -> None:
    assert ask("get", "broken") == Err(Case("provider", "it is away"))
    assert ask("get-config", "broken") == Err(Case("other", "provider error: it is away"))
    assert ask("store-get", "broken") == Err(Case("upstream", "it is away"))
    assert ask("store-get-all") == Err(Case("upstream", "it is away"))


def test_a_caller_that_leaves_meanwhile(ask: Ask) -> None:
    with pytest.raises((Cancelled, GuestCancelled)):
        ask("get", "slow")
