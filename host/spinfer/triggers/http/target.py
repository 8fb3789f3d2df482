"""What `spinfer up` serves of a manifest: its HTTP triggers, and what of the rest it cannot serve. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from spinfer.errors import ConfigError, ManifestError, Problem
from spinfer.manifest import choice
from spinfer.manifest.http import StaticResponse, WagiExecutor
from spinfer.manifest.model import (
    CommandTrigger,
    HttpTrigger,
    Manifest,
    OtherTrigger,
    RedisTrigger,
    Trigger,
)
from spinfer.triggers.http.routes import Route
from spinfer.triggers.redis import target as redis_target


@dataclass(frozen=True, slots=True)
class Served:
    """A route, and who answers."""

    route: Route
    handler: str | StaticResponse
    """A component's id, or the response itself."""
    id: str
    """The component's, or the trigger's where there is none."""
    description: str = ""


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """An app's HTTP side, and whom it has beside that."""

    routes: tuple[Served, ...]
    """In the order of the manifest."""
    components: tuple[str, ...]
    """Those with a route, and private ones."""
    notes: tuple[str, ...]
    """What the operator should know; nothing of it keeps the app from being served."""
    told: tuple[str, ...] = ()
    """The components with a Redis trigger."""

    @property
    def has_http(self) -> bool:
        """Whether anything is served at an address."""
        return bool(self.components or self.routes)

    @property
    def everyone(self) -> tuple[str, ...]:
        """All components that are to be loaded."""
        return tuple(dict.fromkeys((*self.components, *self.told)))


def of_manifest(manifest: Manifest, only: Collection[str] = ()) -> HttpTarget:
    """The triggers of these components, of all when none is named. Raises ConfigError or ManifestError."""
    choice.check(manifest, only)
    if not manifest.triggers:
        raise ConfigError("No triggers in app")
    triggers = tuple(t for t in manifest.triggers_of(HttpTrigger) if not only or t.handler in only)
    told = redis_target.components(manifest, only)
    if not triggers and not told:
        raise ConfigError(
            "it has no HTTP trigger to serve",
            where=str(manifest.path),
            cure=" ".join(_unserved(manifest.triggers))
            or 'Add one: [[trigger.http]] with route = "/..." and a component.',
        )
    _check(triggers, manifest)
    routed = [_served(trigger, manifest) for trigger in triggers if isinstance(trigger.route, str)]
    last = {served.route.shape: served for served in routed}
    components = tuple(dict.fromkeys(t.handler for t in triggers if isinstance(t.handler, str)))
    return HttpTarget(
        routes=tuple(served for served in routed if last[served.route.shape] is served),
        components=components,
        notes=(
            *(_replaced(s, last[s.route.shape]) for s in routed if last[s.route.shape] is not s),
            *_unserved(manifest.triggers),
        ),
        told=told,
    )


def _check(triggers: Iterable[HttpTrigger], manifest: Manifest) -> None:
    """Raises one ManifestError for all that cannot be served."""
    problems = []
    for trigger in triggers:
        where = f"{manifest.path.name}: trigger.http ({trigger.id})"
        if isinstance(trigger.executor, WagiExecutor):
            problems.append(
                Problem(
                    f"component `{trigger.handler}` asks for the wagi executor, which spinfer does not have",
                    where,
                    "Build the component with an SDK for wasi:http, and remove `executor`.",
                )
            )
        if isinstance(trigger.route, str):
            try:
                Route.parse(trigger.route)
            except ManifestError as e:
                problems += [Problem(p.what, f"{where}.{p.where}", p.cure) for p in e.problems]
    if problems:
        raise ManifestError.listing(problems)


def _served(trigger: HttpTrigger, manifest: Manifest) -> Served:
    assert isinstance(trigger.route, str)
    route = Route.parse(trigger.route)
    if isinstance(trigger.handler, StaticResponse):
        return Served(route, trigger.handler, trigger.id)
    component = manifest.components[trigger.handler]
    return Served(route, trigger.handler, trigger.handler, component.description)


def _replaced(earlier: Served, later: Served) -> str:
    return f"route `{earlier.route.raw}` of `{earlier.id}` is never taken: `{later.id}` has it too"


def _unserved(triggers: Iterable[Trigger]) -> Iterable[str]:
    for trigger in triggers:
        match trigger:
            case HttpTrigger() | RedisTrigger():
                continue
            case CommandTrigger(component=component):
                yield f"component `{component}` is a command: run it with `spinfer run`."
            case OtherTrigger(type=kind):
                yield f"trigger `{trigger.id}` is left out: spinfer does not serve {kind} triggers."
