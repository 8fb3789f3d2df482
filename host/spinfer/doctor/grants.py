"""What an app grants and nobody uses. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from spinfer.config.models import ModelConfig
from spinfer.config.remote import KeyFromVariable
from spinfer.doctor.finding import Finding, hint
from spinfer.manifest.component import Component
from spinfer.manifest.model import Manifest, RedisTrigger

_GRANTS: Final[Mapping[str, tuple[Callable[[Component], object], tuple[str, ...]]]] = {
    "ai_models": (lambda it: it.ai_models, ("fermyon:spin/llm",)),
    "key_value_stores": (lambda it: it.key_value_stores, ("fermyon:spin/key-value", "wasi:keyvalue/")),
    "sqlite_databases": (lambda it: it.sqlite_databases, ("fermyon:spin/sqlite", "spin:sqlite/")),
    "variables": (
        lambda it: it.variables,
        ("fermyon:spin/variables", "fermyon:spin/config", "wasi:config/"),
    ),
    "files": (lambda it: it.files, ("wasi:filesystem/",)),
    "allowed_outbound_hosts": (
        lambda it: it.allowed_outbound_hosts,
        (
            *("wasi:http/outgoing-handler", "wasi:http/client", "wasi:sockets/", "fermyon:spin/http"),
            *("fermyon:spin/redis", "fermyon:spin/postgres", "fermyon:spin/mysql", "fermyon:spin/mqtt"),
            *("spin:postgres/", "spin:redis/", "spin:mysql/", "spin:mqtt/"),
        ),
    ),
}
"""A key of a component; what it grants there; and how interfaces begin by which that can be used."""


def examine(
    manifest: Manifest, models: Mapping[str, ModelConfig], imports: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """`imports`: the interfaces of each component that could be loaded.

    SDKs keep whole worlds of imports, so a grant that nothing complains of may be unused all the same.
    """
    for id, interfaces in imports.items():
        component = manifest.components[id]
        for key, (granted, prefixes) in _GRANTS.items():
            if granted(component) and not any(name.startswith(prefixes) for name in interfaces):
                what = f"component `{id}` is granted `{key}`, and has no interface to use them"
                yield hint("grant", what, f"{manifest.path.name}: component.{id}.{key}", "Remove the key.")
    asked = {name for component in manifest.components.values() for name in component.ai_models}
    for name in models.keys() - asked - {"*"}:
        what = f"no component is granted the model `{name}`"
        yield hint("grant", what, "spinfer.toml", f'Add it to an `ai_models`, or remove [models."{name}"].')
    for name in manifest.variables.keys() - _used(manifest, models):
        where = f"{manifest.path.name}: variables.{name}"
        yield hint("grant", f"nobody uses the variable `{name}`", where, "Remove it.")


def _used(manifest: Manifest, models: Mapping[str, ModelConfig]) -> set[str]:
    """The variables whose values go somewhere."""
    templates = [
        template
        for component in manifest.components.values()
        for template in (*component.variables.values(), *component.allowed_outbound_hosts)
    ]
    for trigger in manifest.triggers_of(RedisTrigger):
        templates += [trigger.channel, trigger.address]
    used = {name for template in templates for name in template.names}
    for model in models.values():
        if model.remote is not None and isinstance(model.remote.key, KeyFromVariable):
            used.add(model.remote.key.variable)
    return used
