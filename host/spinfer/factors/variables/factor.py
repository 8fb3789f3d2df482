"""Variables as a factor: what is linked, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.variables import host, interface
from spinfer.factors.variables.resolver import Resolver
from spinfer.manifest.expressions import Template


class VariablesFactor:
    """One app's variables. `components`: each component's own; one that is not named there has none."""

    name = "variables"

    def __init__(self, resolver: Resolver, components: Mapping[str, Mapping[str, Template]]) -> None:
        self._resolver = resolver
        self._components = dict(components)

    def interfaces(self) -> Sequence[Interface]:
        variables = (Function("get", interface.GET, host.get),)
        config = (Function("get-config", interface.GET_CONFIG, host.get_config),)
        store = (
            Function("get", interface.STORE_GET, host.store_get),
            Function("get-all", interface.STORE_GET_ALL, host.store_get_all),
        )
        return (
            Interface(interface.VARIABLES, interface.VARIABLES_VERSIONS, self.name, variables),
            Interface(interface.CONFIG, interface.CONFIG_VERSIONS, self.name, config),
            Interface(interface.STORE, interface.STORE_VERSIONS, self.name, store),
        )

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: whether each variable has a value was checked before hosts were made of them."""

    def prepare(self, guest: Guest) -> AbstractContextManager[host.VariablesState]:
        templates = self._components.get(guest.component, {})
        return nullcontext(
            host.VariablesState(guest.component, templates, self._resolver, guest.cancellation)
        )
