"""Loads an app's components once, and makes an instance of one of them for each call."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from wasmtime import Module
from wasmtime.component import Component, Linker

from spinfer.bindings import exports, introspection
from spinfer.bindings.exports import Export
from spinfer.bindings.hostcall import InstanceContext
from spinfer.errors import ComponentError, Problem
from spinfer.factors.base import Factor, Guest
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.instance import Instance, end, ended
from spinfer.runtime.limits import Limits, new_store
from spinfer.runtime.linking import link
from spinfer.runtime.loader import ComponentFile, Entry, compile_component, entry_of, read
from spinfer.runtime.parts import Parts
from spinfer.runtime.states import States
from spinfer.runtime.wasi import Wasi, grant

INSTANTIATION = "instantiation"
"""What a trap names as its function when the guest was not called yet."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A component, ready for any number of instances on any thread."""

    component: Component
    linker: Linker
    export: Export


class Executor:
    """One app's components under one kind of trigger.

    `compile_` is a `CompileCache`'s method, or the compiler's own; `in_parts`, where it is given, is tried
    before it: it compiles less, and instances cost a little more. With `host_wasi`, WASI is wasmtime's and
    each instance is granted its part; otherwise whatever a guest may import comes from `factors`.
    """

    def __init__(
        self,
        compiler: Compiler,
        factors: Sequence[Factor],
        *,
        compile_: Callable[[bytes], Component] | None = None,
        in_parts: Callable[[bytes], Parts | None] | None = None,
        limits: Limits | None = None,
        host_wasi: bool = False,
    ) -> None:
        self._compiler = compiler
        self._factors = {factor.name: factor for factor in factors}
        self._interfaces = tuple(i for factor in factors for i in factor.interfaces())
        self._compile = compile_ or compiler.compile
        self._in_parts = in_parts or _never
        self._limits = limits or Limits()
        self._host_wasi = host_wasi
        self._loaded: dict[str, Loaded] = {}

    def load(self, files: Iterable[ComponentFile], entries: Sequence[Entry]) -> None:
        """Compile and link every component, and find which of `entries` it exports.

        Raises ComponentError, listing every component that cannot be used, or a factor's OperatorError.
        """
        problems: list[Problem] = []
        for file in files:
            try:
                self._loaded[file.id] = self._load(file, entries)
            except ComponentError as e:
                problems.extend(e.problems)
        if problems:
            raise ComponentError.listing(problems)
        for factor in self._factors.values():
            factor.configure(self._loaded.keys())

    def _load(self, file: ComponentFile, entries: Sequence[Entry]) -> Loaded:
        wasm = read(file)
        parts = self._in_parts(wasm)
        if parts is not None:
            try:
                return self._linked(file, parts.shell, entries, parts.modules)
            except ComponentError as e:
                # whoever is told of a mistake knows the whole alone
                log.debug("component `%s` cannot be used in parts: %s", file.id, e)
        return self._linked(file, compile_component(file, wasm, self._compile), entries, {})

    def _linked(
        self,
        file: ComponentFile,
        component: Component,
        entries: Sequence[Entry],
        modules: Mapping[str, Module],
    ) -> Loaded:
        engine = self._compiler.engine
        export = entry_of(file, engine, component, entries, self._interfaces)
        linker = link(file, engine, component, self._interfaces, host_wasi=self._host_wasi, modules=modules)
        return Loaded(component, linker, export)

    def entry(self, component: str) -> str:
        """What will be called: `wasi:cli/run@0.2.3#run`."""
        return self._loaded[component].export.name

    def imports(self, component: str) -> tuple[str, ...]:
        """The interfaces that it was built against, used or not: `fermyon:spin/llm@2.0.0`."""
        found = introspection.imported(self._compiler.engine, self._loaded[component].component)
        return tuple(items.name for items in found if items.name)

    def instantiate(
        self, component: str, *, cancellation: Cancellation | None = None, wasi: Wasi | None = None
    ) -> Instance:
        """A new instance on this thread, which must close it. Its deadline begins now.

        Cancelling `cancellation` ends it, from any thread. Raises GuestTrap and its kinds, or ConfigError for
        a mount in `wasi` that is gone.
        """
        loaded = self._loaded[component]
        places = self._compiler.places
        maybe_new = places is not None and places.enter(component)
        ends: list[Callable[[], None]] = []
        try:
            if places is not None:
                ends.append(partial(places.leave, component))
            store = new_store(self._compiler, self._limits)
            ends.append(store.close)
            if self._host_wasi:
                grant(store, wasi or Wasi())
            guest = Guest(component, cancellation or Cancellation())
            watch = self._compiler.clock.watch(store, guest.cancellation, self._limits.deadline_s)
            ends.append(watch.close)
            states = States(self._factors, guest)
            ends.append(states.close)
            context = InstanceContext(states)
            ends.append(context.close)
            try:
                handle = exports.instantiate(loaded.linker, store, loaded.component, context)
            except BaseException as failure:  # noqa: BLE001 - `ended` raises it again, or what it means
                ended(failure, component, INSTANTIATION, watch)
            if places is not None and maybe_new:
                places.populate()
        except BaseException:
            end(ends)
            raise
        return Instance(
            component, loaded.export, store=store, handle=handle, context=context, watch=watch, ends=ends
        )


def _never(_wasm: bytes) -> None:
    """Components are compiled whole."""
