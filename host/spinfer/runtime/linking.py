"""One linker per component: wasmtime's WASI where asked for, the factors, and traps for the rest.

SDKs keep their whole world's imports, so a guest may well import what nobody serves and never call it.
wasmtime can link unknown imports as traps by itself, but it takes `wasi:cli/stdout@0.2.9` for unknown where
`@0.2.6` is defined, and would trap what works: so the traps here are ours.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NoReturn

from wasmtime import Engine, Store, WasmtimeError
from wasmtime.component import Component, Linker, LinkerInstance, ResourceType

from spinfer.bindings import hostcall, imports, introspection
from spinfer.bindings.imports import Interface
from spinfer.bindings.introspection import InterfaceItems
from spinfer.bindings.layout import address_of
from spinfer.bindings.traps import Trapped
from spinfer.bindings.versions import InterfaceName, compatible
from spinfer.errors import ComponentError
from spinfer.runtime.loader import ComponentFile

_TRAPPED_RESOURCE = 2**32 - 1
"""One resource type for all that trap: interfaces share resources, and no handle is ever made."""
_UNLINKABLE = "a matching implementation was not found in the linker"

_WASMTIMES = ("wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/")
_HTTP_TYPES = "wasi:http/types"
"""Also wasmtime's: it shares resources with `wasi:io`. `outgoing-handler` is not, for it obeys no policy."""

log = logging.getLogger(__name__)


def link(
    file: ComponentFile,
    engine: Engine,
    component: Component,
    interfaces: Sequence[Interface],
    *,
    host_wasi: bool,
) -> Linker:
    """A linker that instantiates this component. Raises ComponentError for an import of another shape.

    `host_wasi`: WASI 0.2 is wasmtime's own, and `interfaces` has none of it.
    """
    linker = Linker(engine)
    linker.allow_shadowing = True
    if host_wasi:
        linker.add_wasip2()
        linker.add_wasi_http()
    for items in introspection.imported(engine, component):
        if not (host_wasi and _is_wasmtimes(items.name)):
            _define_traps(linker, items)
    _define_factors(file, linker, component, interfaces)
    _check(file, engine, linker, component)
    unmet = imports.unmet(engine, component, interfaces, wasi=host_wasi)
    if unmet:
        log.debug("component `%s` must not call what it imports in vain: %s", file.id, ", ".join(unmet))
    return linker


def _is_wasmtimes(interface: str) -> bool:
    name = InterfaceName.parse(interface)
    return (name.path.startswith(_WASMTIMES) or name.path == _HTTP_TYPES) and compatible(
        name.version, "0.2.0"
    )


def _define_traps(linker: Linker, items: InterfaceItems) -> None:
    with linker.root() as root:
        if not items.name:
            _define_traps_in(root, items)
            return
        with root.add_instance(items.name) as instance:
            _define_traps_in(instance, items)


def _define_traps_in(instance: LinkerInstance, items: InterfaceItems) -> None:
    for name in items.functions:
        hostcall.add_function(address_of(instance.ptr()), name, _trap(items.name, name))
    for name in items.resources:
        instance.add_resource(name, ResourceType.host(_TRAPPED_RESOURCE), _no_handle)


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
