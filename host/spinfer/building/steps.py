"""What has to be run to build an app, in which order and where. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from spinfer.errors import ManifestError
from spinfer.manifest import choice
from spinfer.manifest.component import Build
from spinfer.manifest.model import Manifest


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the shell, and the component that it helps to make."""

    component: str
    command: str
    folder: Path
    """Where to run it; absolute."""


def steps(manifest: Manifest, only: Collection[str] = ()) -> tuple[Step, ...]:
    """The commands of these components, of all when none is named, in the manifest's order.

    Components without a build have none. Raises ConfigError for an unknown name, ManifestError for a
    `workdir` that is not relative.
    """
    choice.check(manifest, only)
    return tuple(
        step
        for id, component in manifest.components.items()
        if component.build is not None and (not only or id in only)
        for step in _of_component(manifest, id, component.build)
    )


def _of_component(manifest: Manifest, id: str, build: Build) -> Iterator[Step]:
    folder = workdir(manifest, id, build)
    yield from (Step(id, command, folder) for command in build.command)


def workdir(manifest: Manifest, id: str, build: Build) -> Path:
    """Where a component is built, and what its `watch` is relative to. Raises ManifestError."""
    if Path(build.workdir).is_absolute():
        raise ManifestError(
            f"`{build.workdir}` is an absolute path",
            where=f"{manifest.path.name}: component.{id}.build.workdir",
            cure="Write it relative to spin.toml's folder: the app is built on other machines too.",
        )
    return manifest.folder / build.workdir
