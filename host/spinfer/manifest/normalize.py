"""From a version-2 document to a canonical manifest: ids for all triggers, names for all components.

The ids are Spin's (its `normalize.rs`): people see them in logs and select components by them.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from spinfer.documents.problems import at
from spinfer.errors import Problem
from spinfer.manifest.component import Component
from spinfer.manifest.dependencies import Dependency
from spinfer.manifest.expressions import parse
from spinfer.manifest.hosts import outbound_hosts
from spinfer.manifest.model import (
    CommandTrigger,
    HttpTrigger,
    Manifest,
    OtherTrigger,
    RedisTrigger,
    Trigger,
)
from spinfer.manifest.names import is_kebab
from spinfer.manifest.v2 import (
    CommandTriggerTable,
    ComponentSpec,
    Document,
    HttpTriggerTable,
    OtherTriggerTable,
    RedisTriggerTable,
    TriggerTable,
    TriggerTables,
)


def normalize(document: Document, path: Path) -> Manifest:
    """`path`: the absolute path of the file that the document was read from."""
    tables = tuple(_tables(document.trigger))
    components = dict(document.component)
    triggers = tuple(
        _trigger(kind, id, table, components, document)
        for (kind, table), id in zip(tables, _trigger_ids(tables), strict=True)
    )
    return Manifest(
        path=path,
        application=document.application,
        variables=MappingProxyType(dict(document.variables)),
        components=MappingProxyType({id: _with_outbound_hosts(c) for id, c in components.items()}),
        triggers=triggers,
        notes=tuple(_notes(components, path)),
    )


def _tables(triggers: TriggerTables) -> Iterator[tuple[str, TriggerTable]]:
    """Every trigger with its type, one type after the other."""
    known = {"http": triggers.http, "redis": triggers.redis, "command": triggers.command}
    for kind, tables in {**known, **(triggers.model_extra or {})}.items():
        for table in tables:
            yield kind, table


def _trigger_ids(tables: Iterable[tuple[str, TriggerTable]]) -> list[str]:
    """The ids that are given, and for the others `<component>-<type>-trigger`, else `<type>-trigger<n>`."""
    tables = tuple(tables)
    taken = {table.id for _, table in tables if table.id}
    ids: list[str] = []
    for kind, table in tables:
        natural = (f"{table.component}-{kind}-trigger",) if isinstance(table.component, str) else ()
        ids.append(table.id or _first_free(natural, f"{kind}-trigger", taken))
        taken.add(ids[-1])
    return ids


def _first_free(natural: tuple[str, ...], numbered: str, taken: Container[str]) -> str:
    candidates = chain(natural, (f"{numbered}{n}" for n in count(1)))
    return next(id for id in candidates if id not in taken)


def _trigger(
    kind: str, id: str, table: TriggerTable, components: dict[str, Component], document: Document
) -> Trigger:
    """The trigger; components that stand in its place move to `components`, under names of their own."""
    alone = (table.component is not None) + sum(map(len, table.components.values())) == 1
    natural = (f"{id}-component",) if alone and is_kebab(f"{id}-component") else ()

    def name(spec: ComponentSpec) -> str:
        if isinstance(spec, str):
            return spec
        new = _first_free(natural, "inline-component", components)
        components[new] = spec
        return new

    component = "" if table.component is None else name(table.component)
    shared = _Shared(
        id=id,
        components={role: tuple(map(name, specs)) for role, specs in table.components.items()},
        dependencies=table.dependencies,
    )
    return _typed(kind, table, component, shared, document)


class _Shared(TypedDict):
    """What triggers of every kind have."""

    id: str
    components: Mapping[str, tuple[str, ...]]
    dependencies: Mapping[str, tuple[Dependency, ...]]


def _typed(kind: str, table: TriggerTable, component: str, shared: _Shared, document: Document) -> Trigger:
    """The trigger as its kind has it; `component` is the name of its main component, if it has one."""
    match table:
        case HttpTriggerTable():
            handler = table.static_response or component
            return HttpTrigger(route=table.route, handler=handler, executor=table.executor, **shared)
        case RedisTriggerTable():
            address = table.address or document.application.trigger.redis.address
            assert address is not None, "checked with the scope"
            return RedisTrigger(component=component, channel=table.channel, address=address, **shared)
        case CommandTriggerTable():
            return CommandTrigger(component=component, **shared)
        case OtherTriggerTable():
            settings = table.model_extra or {}
            return OtherTrigger(type=kind, component=component or None, settings=settings, **shared)
    raise AssertionError(f"no kind of trigger: {table!r}")


def _with_outbound_hosts(component: Component) -> Component:
    """The deprecated key's meaning, moved to the key that replaced it."""
    if not component.allowed_http_hosts:
        return component
    hosts = tuple(map(parse, outbound_hosts(component.allowed_http_hosts)))
    return component.model_copy(
        update={
            "allowed_outbound_hosts": component.allowed_outbound_hosts + hosts,
            "allowed_http_hosts": (),
        }
    )


def _notes(components: Mapping[str, Component], path: Path) -> Iterator[Problem]:
    for id, component in components.items():
        if component.allowed_http_hosts:
            hosts = (
                *map(str, component.allowed_outbound_hosts),
                *outbound_hosts(component.allowed_http_hosts),
            )
            yield Problem(
                "this key is deprecated",
                at(path.name, ("component", id, "allowed_http_hosts")),
                f"replace it: allowed_outbound_hosts = {json.dumps(hosts)}",
            )
