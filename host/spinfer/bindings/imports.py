"""Declares the host's interfaces to wasmtime's linker, each under the name and version a component asks for.

A declaration states the type of each function as text; a component that imports another type is refused with
both texts, before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from wasmtime import Engine
from wasmtime import component as wasm

from spinfer.bindings import hostcall, introspection
from spinfer.bindings.introspection import InterfaceItems, KnownResources
from spinfer.bindings.layout import address_of
from spinfer.bindings.resources import Resource
from spinfer.bindings.types import FunctionType, opaque_parts
from spinfer.bindings.versions import InterfaceName, compatible
from spinfer.errors import ComponentError


@dataclass(frozen=True)
class Function:
    """One function: its name in WIT, its type as `str(FunctionType)` writes it, and what to call.

    `call(state, *arguments)` runs on the guest's thread; `state` is what the interface's factor keeps for the
    instance. Values are those of `bindings.values`. Whatever it raises reaches whoever entered the guest.
    """

    name: str
    type: str
    call: Callable[..., object]


@dataclass(frozen=True)
class Interface:
    """One interface of the host, in every version it serves; None among them is the unversioned form."""

    name: str
    versions: tuple[str | None, ...]
    factor: str
    functions: tuple[Function, ...]
    resources: tuple[Resource, ...] = ()

    def serves(self, name: InterfaceName) -> bool:
        return name.path == self.name and any(compatible(name.version, ours) for ours in self.versions)


def define(linker: wasm.Linker, component: wasm.Component, interfaces: Sequence[Interface]) -> KnownResources:
    """Define whatever the component imports and one of `interfaces` serves; the rest is left as it is.

    A function or a resource that a served interface lacks is left as well: `unmet` names it.
    Raises ComponentError for a function whose type is not the declared one.
    """
    wanted = introspection.imported(linker.engine, component)
    resources = known_resources(wanted, interfaces)
    for items, interface in _served(wanted, interfaces):
        with linker.root() as root, root.add_instance(items.name) as instance:
            _define_resources(instance, items, interface)
            _define_functions(instance, items, interface, resources)
    return resources


def unmet(
    engine: Engine, component: wasm.Component, interfaces: Sequence[Interface], *, wasi: bool
) -> tuple[str, ...]:
    """What the component imports and nobody serves: `package:name/interface@version#function`, sorted.

    With `wasi`, wasmtime's own WASI 0.2 is taken as served.
    """
    names = set()
    for items in introspection.imported(engine, component):
        name = InterfaceName.parse(items.name)
        if wasi and _is_wasmtimes(name):
            continue
        ours = next((interface for interface in interfaces if interface.serves(name)), None)
        known = {function.name for function in ours.functions} if ours else set()
        names |= {f"{items.name}#{function}" for function in items.functions.keys() - known}
    return tuple(sorted(names))


_WASMTIMES = frozenset(
    f"wasi:{package}" for package in ("cli", "clocks", "filesystem", "io", "random", "sockets")
)


def _is_wasmtimes(name: InterfaceName) -> bool:
    return name.path.partition("/")[0] in _WASMTIMES and compatible(name.version, "0.2.0")


def _served(
    wanted: Iterable[InterfaceItems], interfaces: Sequence[Interface]
) -> Iterator[tuple[InterfaceItems, Interface]]:
    for items in wanted:
        name = InterfaceName.parse(items.name)
        for interface in interfaces:
            if interface.serves(name):
                yield items, interface
                break


def known_resources(wanted: Sequence[InterfaceItems], interfaces: Sequence[Interface]) -> KnownResources:
    """Every resource the component imports, ours with their numbers."""
    known = KnownResources()
    for items, interface in _served(wanted, interfaces):
        for resource in interface.resources:
            if resource.name in items.resources:
                known.add(items.resources[resource.name], resource.name, resource.type_id)
    for items in wanted:
        for name, type_ in items.resources.items():
            known.add(type_, name, None)
    return known


def _define_resources(instance: wasm.LinkerInstance, items: InterfaceItems, interface: Interface) -> None:
    for resource in interface.resources:
        if resource.name in items.resources:
            type_ = wasm.ResourceType.host(resource.type_id)
            hostcall.add_resource(address_of(instance.ptr()), resource.name, address_of(type_.ptr()))


def _define_functions(
    instance: wasm.LinkerInstance, items: InterfaceItems, interface: Interface, resources: KnownResources
) -> None:
    for function in interface.functions:
        if function.name not in items.functions:
            continue
        type_ = introspection.function_type(items.functions[function.name], resources)
        _verify(items.name, function, type_)
        call = hostcall.compiled(f"{items.name}#{function.name}", type_, interface.factor, function.call)
        hostcall.add_function(address_of(instance.ptr()), function.name, call)


def _verify(interface: str, function: Function, type_: FunctionType) -> None:
    if _words(str(type_)) != _words(function.type):
        raise ComponentError(
            f"it imports `{function.name}` of `{interface}` with a type this host does not have:"
            f"\n  imported: {type_}\n  expected: {' '.join(function.type.split())}",
            cure="build it again with an SDK for this version of the interface",
        )
    parts = (*(part for _, part in type_.parameters), type_.result)
    missing = sorted(frozenset().union(*map(opaque_parts, parts)))
    if missing:
        raise ComponentError(
            f"it imports `{function.name}` of `{interface}`, which needs what this host does not define:"
            f" {', '.join(missing)}",
            cure="build it with an SDK for WASI 0.2",
        )


def _words(text: str) -> str:
    return "".join(text.split())
