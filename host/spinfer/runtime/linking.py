"""One linker per component: wasmtime's WASI where asked for, the factors, and traps for the rest.

SDKs keep their whole world's imports, so a guest may well import what nobody serves and never call it.
wasmtime can link unknown imports as traps by itself, but it takes `wasi:cli/stdout@0.2.9` for unknown where
`@0.2.6` is defined, and would trap what works: so the traps here are ours.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NoReturn

from wasmtime import Engine, Module, Store, WasmtimeError
from wasmtime.component import Component, Linker, LinkerInstance, ResourceType

from spinfer.bindings import hostcall, imports, introspection
from spinfer.bindings.imports import Interface
from spinfer.bindings.introspection import InterfaceItems, KnownResources
from spinfer.bindings.layout import address_of
from spinfer.bindings.traps import Trapped
from spinfer.bindings.versions import InterfaceName, compatible
from spinfer.errors import ComponentError
from spinfer.runtime.loader import ComponentFile

_TRAPPED_RESOURCE = 2**32 - 1
"""One type for every resource that is not a factor's: interfaces share them, and no handle is ever made."""
_UNLINKABLE = "a matching implementation was not found in the linker"

_WASMTIMES = (
    *("wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"),
    *("wasi:http/types", "wasi:http/outgoing-handler"),
)
_OUTGOING_HANDLER = "wasi:http/outgoing-handler@0.2.12"
"""As wasmtime 50 names it. Another name would hide its resources, which are those of `wasi:http/types`."""

_NONE: Mapping[str, Module] = MappingProxyType({})

log = logging.getLogger(__name__)


def link(
    file: ComponentFile,
    engine: Engine,
    component: Component,
    interfaces: Sequence[Interface],
    *,
    host_wasi: bool,
    modules: Mapping[str, Module] = _NONE,
) -> Linker:
    """A linker that instantiates this component. Raises ComponentError for an import of another shape.

    `host_wasi`: WASI 0.2 is wasmtime's own, and `interfaces` has none of it. `modules` were taken out of the
    component, which imports them by these names.
    """
    linker = Linker(engine)
    linker.allow_shadowing = True
    if host_wasi:
        _define_wasi(linker)
    wanted = introspection.imported(engine, component)
    resources = imports.known_resources(wanted, interfaces)
    for items in wanted:
        if not (host_wasi and _is_wasmtimes(items.name)):
            _define_traps(linker, items, resources)
    _define_factors(file, linker, component, interfaces)
    _define_modules(linker, modules)
    _check(file, engine, linker, component)
    unmet = imports.unmet(engine, component, interfaces, wasi=host_wasi)
    if unmet:
        log.debug("component `%s` must not call what it imports in vain: %s", file.id, ", ".join(unmet))
    return linker


def _is_wasmtimes(interface: str) -> bool:
    name = InterfaceName.parse(interface)
    return name.path.startswith(_WASMTIMES) and compatible(name.version, "0.2.0")


def _define_wasi(linker: Linker) -> None:
    """wasmtime's WASI 0.2, all but sending HTTP requests: its way to the network obeys no policy."""
    linker.add_wasip2()
    linker.add_wasi_http()
    with linker.root() as root, root.add_instance(_OUTGOING_HANDLER) as instance:
        trap = _trap("wasi:http/outgoing-handler", "handle")
        hostcall.add_function(address_of(instance.ptr()), "handle", trap)


def _define_traps(linker: Linker, items: InterfaceItems, resources: KnownResources) -> None:
    with linker.root() as root:
        if not items.name:
            _define_traps_in(root, items, resources)
            return
        with root.add_instance(items.name) as instance:
            _define_traps_in(instance, items, resources)


def _define_traps_in(instance: LinkerInstance, items: InterfaceItems, resources: KnownResources) -> None:
    for name in items.functions:
        hostcall.add_function(address_of(instance.ptr()), name, _trap(items.name, name))
    for name, type_ in items.resources.items():
        ours = resources.handle(type_, owned=True).type_id
        number = _TRAPPED_RESOURCE if ours is None else ours
        instance.add_resource(name, ResourceType.host(number), _no_handle)


def _trap(interface: str, name: str) -> hostcall.HostCall:
    full_name = f"{interface}#{name}" if interface else name

    def call(_store: int, _arguments: int, _result: int) -> NoReturn:
        raise Trapped(f"it called `{full_name}`, which spinfer does not provide")

    return call


def _no_handle(_store: object, rep: int) -> NoReturn:
    raise WasmtimeError(f"handle {rep} of a resource that nobody makes")


def _define_factors(
    file: ComponentFile, linker: Linker, component: Component, interfaces: Sequence[Interface]
) -> None:
    try:
        imports.define(linker, component, interfaces)
    except ComponentError as e:
        raise file.error(f"cannot be linked: {e.problems[0].what}", e.problems[0].cure) from e


def _define_modules(linker: Linker, modules: Mapping[str, Module]) -> None:
    with linker.root() as root:
        for name, module in modules.items():
            root.add_module(name, module)


def _check(file: ComponentFile, engine: Engine, linker: Linker, component: Component) -> None:
    """Link now, though there is nothing to run yet: a store without room for instances gets no further."""
    with Store(engine) as store:
        store.set_limits(instances=0)
        try:
            linker.instantiate(store, component)
        except WasmtimeError as e:
            if _UNLINKABLE in str(e):
                reason = " ".join(str(e).split())
                raise file.error(
                    f"cannot be linked: {reason}", "Build it again with an SDK for WASI 0.2."
                ) from e
