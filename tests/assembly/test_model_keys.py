"""Keys of remote models: found at the start, or said to be missing; never shown."""

import pytest
from pydantic import SecretStr

from spinfer.assembly.model_keys import with_keys
from spinfer.config.models import ModelConfig
from spinfer.config.remote import KeyFromEnvironment, KeyFromVariable, RemoteConfig
from spinfer.errors import ConfigError

MODELS = {
    "plain": ModelConfig(remote=RemoteConfig(url="http://a", key=SecretStr("hunter1"))),
    "env": ModelConfig(remote=RemoteConfig(url="http://a", key=KeyFromEnvironment(env="A_KEY"))),
    "variable": ModelConfig(remote=RemoteConfig(url="http://a", key=KeyFromVariable(variable="a_key"))),
    "none": ModelConfig(remote=RemoteConfig(url="http://a")),
    "local": ModelConfig(builtin=True),
}


def test_they_are_found() -> None:
    found = with_keys(MODELS, {"A_KEY": "hunter2"}, {"a_key": "hunter3"})
    keys = {name: model.remote.key for name, model in found.items() if model.remote}
    assert keys == {
        "plain": SecretStr("hunter1"),
        "env": SecretStr("hunter2"),
        "variable": SecretStr("hunter3"),
        "none": None,
    }
    assert found["local"] == MODELS["local"]
    assert "hunter" not in repr(found)


def test_every_one_that_is_missing() -> None:
    with pytest.raises(ConfigError) as raised:
        with_keys(MODELS, {}, {})
    assert str(raised.value) == (
        "the key of model 'env': A_KEY is not set\n"
        "  Pass it on: export A_KEY=…\n"
        "the key of model 'variable': the app has no variable `a_key`\n"
        "  Declare it in spin.toml: [variables.a_key] with `required = true`."
    )
