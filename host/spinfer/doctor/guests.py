"""Whether components can be loaded: compiled, linked, and called as their triggers call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from spinfer.assembly import command, http
from spinfer.config.runtime_config import RuntimeConfig
from spinfer.doctor.finding import Finding, fine, problems
from spinfer.doctor.sources import present
from spinfer.errors import OperatorError
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.variables.sources import VariableSettings
from spinfer.manifest.model import CommandTrigger, HttpTrigger, Manifest, RedisTrigger
from spinfer.runtime.wasi import Wasi
from spinfer.triggers import component_file
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http.listener import Address
from spinfer.triggers.http.target import HttpTarget


@dataclass(frozen=True, slots=True)
class Guests:
    """What was found, and what the components that could be loaded import."""

    findings: tuple[Finding, ...]
    imports: Mapping[str, tuple[str, ...]]
    """Interfaces by component."""


def examine(
    manifest: Manifest, runtime: RuntimeConfig, variables: VariableSettings, cache: Path | None
) -> Guests:
    """Of components whose file is there; nothing that the app keeps is touched, and nothing is served."""
    findings: list[Finding] = []
    imports: dict[str, tuple[str, ...]] = {}
    for id in manifest.components:
        if not present(manifest, id):
            continue
        try:
            found = _loaded(manifest, id, runtime, variables, cache)
        except OperatorError as e:
            findings += problems("component", e.problems)
            continue
        if found is not None:
            imports[id] = found
            findings.append(fine("component", f"component `{id}` can be loaded"))
    return Guests(tuple(findings), imports)


def _loaded(
    manifest: Manifest, id: str, runtime: RuntimeConfig, variables: VariableSettings, cache: Path | None
) -> tuple[str, ...] | None:
    """What it imports; None for a component that no trigger of ours calls. Raises OperatorError."""
    has_route = any(trigger.handler == id for trigger in manifest.triggers_of(HttpTrigger))
    is_told = any(trigger.component == id for trigger in manifest.triggers_of(RedisTrigger))
    if has_route or is_told:
        served = http.HttpApp(
            manifest=manifest,
            target=HttpTarget((), (id,) if has_route else (), (), told=(id,) if is_told else ()),
            address=Address("127.0.0.1", 0),
            models={},
            logs=LogSettings(None, follow=()),
            runtime=runtime,
            variables=variables,
            cache=cache,
        )
        with http.HttpHost(served, lambda _model, _part: None, lambda _line: None) as host:
            executor = host.load()
            return (executor if has_route else host.told).imports(id)
    if any(trigger.component == id for trigger in manifest.triggers_of(CommandTrigger)):
        run = command.CommandApp(
            file=component_file.of_component(manifest, id),
            manifest=manifest,
            models={},
            access=ModelAccess(frozenset()),
            wasi=Wasi(),
            runtime=runtime,
            variables=variables,
            cache=cache,
        )
        with command.CommandHost(run, lambda _model, _part: None) as command_host:
            return command_host.load().imports()
    return None
