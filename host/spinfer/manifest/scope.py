"""What else a manifest declares: the names that its parts may refer to.

Gathered from the raw table before it is checked, so that a reference to a part that is itself
mistaken is no second mistake, and every mistake is found in one pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from spinfer.documents.keys import suggestion
from spinfer.documents.table import mistake
from spinfer.manifest.names import kebab_id


@dataclass(frozen=True, slots=True)
class Scope:
    """Handed to pydantic as the validation's context."""

    variables: frozenset[str]
    components: frozenset[str]
    redis_address: bool
    """Whether the application names an address for triggers that name none."""
    redis_settings: str
    """The table in which it would."""


def scope(info: ValidationInfo) -> Scope | None:
    """The scope of the file that is being checked; None for a value made by hand: nothing to compare with."""
    return info.context if isinstance(info.context, Scope) else None


def scope_of_v2(document: Mapping[str, object]) -> Scope:
    return Scope(
        variables=frozenset(_table(document, "variables")),
        components=frozenset(_table(document, "component")),
        redis_address="address" in _table(_table(_table(document, "application"), "trigger"), "redis"),
        redis_settings="application.trigger.redis",
    )


def scope_of_v1(document: Mapping[str, object]) -> Scope:
    return Scope(
        variables=frozenset(_table(document, "variables")),
        components=frozenset(),
        redis_address="address" in _table(document, "trigger"),
        redis_settings="trigger",
    )


def _table(owner: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = owner.get(key)
    return value if isinstance(value, Mapping) else {}


def _component_id(name: str, info: ValidationInfo) -> str:
    kebab_id(name)
    declared = scope(info)
    if declared and name not in declared.components:
        cure = suggestion(name, sorted(declared.components), "components")
        raise mistake(f"there is no component `{name}`", cure or f"declare it: `[component.{name}]`")
    return name


ComponentId = Annotated[str, AfterValidator(_component_id)]
"""The id of a component that the manifest declares."""
