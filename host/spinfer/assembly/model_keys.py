"""The keys of remote models, found where the configuration says that they are."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from spinfer.config.models import ModelConfig
from spinfer.config.remote import KeyFromEnvironment, KeyFromVariable, RemoteConfig
from spinfer.errors import ConfigError, Problem


def with_keys(
    models: Mapping[str, ModelConfig], environment: Mapping[str, str], variables: Mapping[str, str]
) -> dict[str, ModelConfig]:
    """The same models, with the keys themselves. Raises ConfigError, listing what is missing."""
    found: dict[str, ModelConfig] = {}
    problems: list[Problem] = []
    for name, model in models.items():
        try:
            found[name] = _with_key(name, model, environment, variables)
        except ConfigError as e:
            problems.extend(e.problems)
    if problems:
        raise ConfigError.listing(problems)
    return found


def _with_key(
    name: str, model: ModelConfig, environment: Mapping[str, str], variables: Mapping[str, str]
) -> ModelConfig:
    if model.remote is None:
        return model
    key = _key(name, model.remote, environment, variables)
    return model.model_copy(update={"remote": model.remote.model_copy(update={"key": key})})


def _key(
    name: str, remote: RemoteConfig, environment: Mapping[str, str], variables: Mapping[str, str]
) -> SecretStr | None:
    where = f"the key of model '{name}'"
    match remote.key:
        case KeyFromEnvironment(env=place):
            if place not in environment:
                raise ConfigError(f"{place} is not set", where=where, cure=f"Pass it on: export {place}=…")
            return SecretStr(environment[place])
        case KeyFromVariable(variable=place):
            if place not in variables:
                raise ConfigError(
                    f"the app has no variable `{place}`",
                    where=where,
                    cure=f"Declare it in spin.toml: [variables.{place}] with `required = true`.",
                )
            return SecretStr(variables[place])
        case key:
            return key
