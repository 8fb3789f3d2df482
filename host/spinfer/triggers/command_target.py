"""What `spinfer run` runs: a component's file by itself, or the command of an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spinfer.errors import ConfigError
from spinfer.manifest import choice
from spinfer.manifest.model import CommandTrigger, Manifest
from spinfer.runtime.loader import ComponentFile
from spinfer.triggers import component_file


@dataclass(frozen=True, slots=True)
class CommandTarget:
    """One command component, and what it was granted where it was described."""

    file: ComponentFile
    folder: Path
    """Where spinfer.toml and `.spin` are looked for."""
    ai_models: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)
    manifest: Manifest | None = None
    """Where it was described, if it was."""


def of_file(path: Path) -> CommandTarget:
    """A component without a manifest: it is granted nothing."""
    return CommandTarget(ComponentFile(path.stem, path), path.absolute().parent)


def of_manifest(manifest: Manifest, component_id: str | None = None) -> CommandTarget:
    """The component of that id, else the one that has a command trigger, else the only one.

    Raises ConfigError where that leaves a choice, ComponentError where its file is not on this machine.
    """
    chosen = component_id or _only_command(manifest)
    choice.check(manifest, [chosen])
    component = manifest.components[chosen]
    return CommandTarget(
        component_file.of_component(manifest, chosen),
        manifest.folder,
        frozenset(component.ai_models),
        component.environment,
        manifest,
    )


def _only_command(manifest: Manifest) -> str:
    commands = {trigger.component for trigger in manifest.triggers_of(CommandTrigger)}
    candidates = commands or set(manifest.components)
    match sorted(candidates):
        case [only]:
            return only
        case []:
            raise ConfigError(
                "it has no component to run",
                where=str(manifest.path),
                cure="Add a [component.<id>] with its `source`, and a [[trigger.command]] that names it.",
            )
        case several:
            raise ConfigError(
                f"it has {len(several)} components that could be run",
                where=str(manifest.path),
                cure=f"Choose one of {choice.listed(several)} with `--component-id`.",
            )
