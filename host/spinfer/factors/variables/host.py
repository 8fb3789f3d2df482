"""The calls by which a guest asks for its variables. They run on the guest's thread.

All three interfaces read the same values, and say in their own words what is missing:

| | `variables` | `config` | `wasi:config/store` |
|---|---|---|---|
| no such variable of the component | undefined | provider | none |
| not a variable's name | invalid-name | invalid-key | none |
| a provider failed | provider | other | upstream |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.variables import names
from spinfer.factors.variables.provider import ProviderFailed
from spinfer.factors.variables.resolver import Resolver
from spinfer.inference.cancellation import Cancellation
from spinfer.manifest.expressions import Template


@dataclass(frozen=True, slots=True)
class VariablesState:
    """What the calls of one guest instance know."""

    component: str
    templates: Mapping[str, Template]
    """The component's own variables: each a template over those of the app."""
    resolver: Resolver
    cancellation: Cancellation


class _InvalidName(Exception):
    pass


class _Undefined(Exception):
    pass


def get(state: VariablesState, name: str) -> Ok[str] | Err[Case]:
    """`fermyon:spin/variables#get`."""
    try:
        return Ok(_value(state, name))
    except _InvalidName as e:
        return Err(Case("invalid-name", str(e)))
    except _Undefined as e:
        return Err(Case("undefined", str(e)))
    except ProviderFailed as e:
        return Err(Case("provider", str(e)))


def get_config(state: VariablesState, key: str) -> Ok[str] | Err[Case]:
    """`fermyon:spin/config#get-config`."""
    try:
        return Ok(_value(state, key))
    except _InvalidName as e:
        return Err(Case("invalid-key", str(e)))
    except _Undefined as e:
        return Err(Case("provider", str(e)))
    except ProviderFailed as e:
        return Err(Case("other", f"provider error: {e}"))


def store_get(state: VariablesState, key: str) -> Ok[Some[str] | None] | Err[Case]:
    """`wasi:config/store#get`."""
    try:
        return Ok(Some(_value(state, key)))
    except (_InvalidName, _Undefined):
        return Ok(None)
    except ProviderFailed as e:
        return Err(Case("upstream", str(e)))


def store_get_all(state: VariablesState) -> Ok[list[tuple[str, str]]] | Err[Case]:
    """`wasi:config/store#get-all`."""
    try:
        return Ok([(name, _filled(state, template)) for name, template in state.templates.items()])
    except ProviderFailed as e:
        return Err(Case("upstream", str(e)))


def _value(state: VariablesState, name: str) -> str:
    mistake = names.mistake(name)
    if mistake is not None:
        raise _InvalidName(mistake)
    template = state.templates.get(name)
    if template is None:
        raise _Undefined(f"no variable for {json.dumps(state.component)}.{json.dumps(name)}")
    return _filled(state, template)


def _filled(state: VariablesState, template: Template) -> str:
    return state.resolver.fill(template, state.cancellation)
