"""A manifest in canonical form: whichever version it was written in, whatever was left to defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from spinfer.errors import Problem
from spinfer.manifest.application import Application, Variable
from spinfer.manifest.component import Component
from spinfer.manifest.dependencies import Dependency
from spinfer.manifest.expressions import Template
from spinfer.manifest.http import ComponentExecutor, PrivateRoute, StaticResponse, WagiExecutor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trigger:
    """What every trigger has."""

    id: str
    """Unique in the application."""
    components: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids of further components, under the names that the trigger's type gives them."""
    dependencies: Mapping[str, tuple[Dependency, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTrigger(_Trigger):
    """A route, and what answers it."""

    route: str | PrivateRoute
    """A path beginning with `/`, or none: reached from inside the application only."""
    handler: str | StaticResponse
    """A component's id, or the response itself."""
    executor: ComponentExecutor | WagiExecutor


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisTrigger(_Trigger):
    """A channel, and the component that is told of its messages."""

    component: str
    channel: Template
    address: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTrigger(_Trigger):
    """A component to be run once, as a command."""

    component: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTrigger(_Trigger):
    """A trigger that we cannot serve: `type` is its type, `settings` what it says beyond the common keys."""

    type: str
    component: str | None
    settings: Mapping[str, object]


Trigger = HttpTrigger | RedisTrigger | CommandTrigger | OtherTrigger
T = TypeVar("T", HttpTrigger, RedisTrigger, CommandTrigger, OtherTrigger)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an application is made of. Every component that a trigger names is in `components`."""

    path: Path
    """The absolute path of spin.toml."""
    application: Application
    variables: Mapping[str, Variable]
    components: Mapping[str, Component]
    triggers: tuple[Trigger, ...]
    notes: tuple[Problem, ...] = ()
    """What works today and should be written differently; worth a warning."""

    @property
    def folder(self) -> Path:
        """What the paths in the manifest are relative to."""
        return self.path.parent

    def triggers_of(self, kind: type[T]) -> tuple[T, ...]:
        """The triggers of one kind, in the order of the file."""
        return tuple(trigger for trigger in self.triggers if isinstance(trigger, kind))
