"""What a component exports: found by name, called with converters compiled once per component."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from wasmtime import Engine, Store
from wasmtime import _ffi as ffi
from wasmtime import component as wasm

from spinfer.bindings import introspection, layout, lifting, lowering, traps
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.imports import Interface, known_resources
from spinfer.bindings.layout import CELL
from spinfer.bindings.versions import InterfaceName


def find(engine: Engine, component: wasm.Component, interface: str, series: str | None = "0.2") -> str | None:
    """The full name of an exported interface: `wasi:cli/run` → `wasi:cli/run@0.2.3`, or None.

    `series` is what the version begins with (`0.2`, `0.3`; pre-releases too), None for the form without.
    """
    for items in introspection.exported(engine, component):
        name = InterfaceName.parse(items.name)
        if name.path == interface and _in_series(name.version, series):
            return items.name
    return None


def _in_series(version: str | None, series: str | None) -> bool:
    if version is None or series is None:
        return version is series
    return version == series or version.startswith(f"{series}.")


def async_exports(engine: Engine, component: wasm.Component) -> tuple[str, ...]:
    """The exported functions that are lifted async (WASI 0.3), as `interface#function`: not callable here."""
    exported = introspection.functions(introspection.exported(engine, component))
    return tuple(f"{items.name}#{name}" for items, name, type_ in exported if introspection.is_async(type_))


def instantiate(
    linker: wasm.Linker, store: Store, component: wasm.Component, context: InstanceContext
) -> wasm.Instance:
    """A new instance, on this thread. Raises what a host function raised, Trapped or Exited."""
    instance = ffi.wasmtime_component_instance_t()
    with context.entered():
        error = ffi.wasmtime_component_linker_instantiate(
            linker.ptr(), store._context(), component.ptr(), ctypes.byref(instance)
        )
    if error:
        raise _ended(layout.address_of(error), context)
    return wasm.Instance._from_raw(instance)


class Export:
    """One exported function of a component, ready to be called in any of its instances, from any thread."""

    def __init__(
        self,
        engine: Engine,
        component: wasm.Component,
        interface: str | None,
        function: str,
        interfaces: Sequence[Interface] = (),
    ) -> None:
        """`interface` is a full name, as `find` gives it; None for a function that stands alone.

        `interfaces` are the host's, whose resources the function may take. Raises KeyError when there is
        no such export, TypeError when a value of its type cannot cross.
        """
        wanted = interface or ""
        exported = {items.name: items for items in introspection.exported(engine, component)}
        known = known_resources(introspection.imported(engine, component), interfaces)
        for name, resource in exported[wanted].resources.items():
            known.add(resource, name, None)
        self.name = f"{interface}#{function}" if interface else function
        self.type = introspection.function_type(exported[wanted].functions[function], known)
        self._index = _index(component, interface, function)
        self._index_at = layout.address_of(self._index.ptr())
        types = tuple(type_ for _, type_ in self.type.parameters)
        self._count = len(types)
        self._lower = lowering.arguments(types)
        self._lift = None if self.type.result is None else lifting.lifter(self.type.result)
        self._cells = ctypes.c_char * ((self._count + 1) * CELL)

    def __repr__(self) -> str:
        return f"<Export {self.name}: {self.type}>"

    def call(
        self, store: Store, instance: wasm.Instance, context: InstanceContext, *arguments: object
    ) -> object:
        """Call it, on this thread. Raises what a host function raised, Trapped or Exited.

        After any of these the instance cannot be entered again. wasmtime lets a guest pass at most 128 MiB in
        one call, and counts 48 bytes for each element of a list: 2.6 million bytes of `list<u8>`.
        """
        raw_store = layout.address_of(store._context())
        function = self._function(instance, raw_store)
        cells = self._cells()  # all zero, which is `false`: arguments first, then the result
        first = ctypes.addressof(cells)
        result = first + self._count * CELL
        try:
            self._lower(arguments, first, raw_store)
            with context.entered():
                error = layout.call_function(
                    ctypes.addressof(function),
                    raw_store,
                    first,
                    self._count,
                    result,
                    int(self._lift is not None),
                )
            if error:
                raise _ended(error, context)
            return None if self._lift is None else self._lift(layout.cell_at(result).raw, 0, raw_store)
        finally:
            for cell in range(first, result + CELL, CELL):
                layout.free_cell(cell)

    def _function(self, instance: wasm.Instance, store: int) -> ctypes.Structure:
        function = ffi.wasmtime_component_func_t()
        place = ctypes.addressof(function)
        if not layout.find_function(ctypes.addressof(instance._instance), store, self._index_at, place):
            raise LookupError(f"this instance does not export {self.name}: it is another component's")
        return function


def _index(component: wasm.Component, interface: str | None, function: str) -> wasm.ExportIndex:
    outer = None if interface is None else component.get_export_index(interface)
    index = component.get_export_index(function, outer)
    assert index is not None, "an export that the component's type lists has an index"
    return index


def _ended(error: int, context: InstanceContext) -> BaseException:
    """Why a call did not return: what a host function raised, with the guest's frames if it was a trap."""
    failure = context.take_failure()
    if failure is None:
        return traps.from_error(error)
    frames = traps.frames_of(error)
    if isinstance(failure, traps.Trapped) and not failure.frames:
        failure.frames = frames
    return failure
