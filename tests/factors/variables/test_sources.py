"""In which order an app's sources of values are asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from spinfer.config.providers import EnvProvider, StaticProvider
from spinfer.factors.variables.resolver import Resolver
from spinfer.factors.variables.sources import Sources, VariableSettings
from spinfer.manifest.application import Variable

STATIC = StaticProvider(type="static", values={name: SecretStr("static") for name in ("a", "b")})
OWN = EnvProvider(type="env", prefix="OWN")


@pytest.mark.parametrize("providers", [(STATIC, OWN), (OWN, STATIC)])
def test_the_command_line_the_providers_the_environment_its_file_the_manifest(
    tmp_path: Path, providers: tuple[StaticProvider | EnvProvider, ...]
) -> None:
    (tmp_path / ".env").write_text("".join(f"SPIN_VARIABLE_{name}=file\n" for name in "ABCD"))
    settings = VariableSettings(
        given={"a": SecretStr("given")},
        providers=providers,
        environment={
            **{f"SPIN_VARIABLE_{name}": "environment" for name in "ABC"},
            **{f"OWN_{name}": "own" for name in "AB"},
        },
        folder=tmp_path,
    )
    variables = {name: Variable(default="manifest") for name in "abcde"}
    with Sources(settings) as sources:
        assert Resolver(variables, sources.providers).values() == {
            "a": "given",
            "b": "static" if providers[0] is STATIC else "own",
            "c": "environment",
            "d": "file",
            "e": "manifest",
        }
