"""Whether each component's file is there, and no older than what it is made of."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from spinfer.building import running
from spinfer.building.steps import steps
from spinfer.building.watched import sources
from spinfer.doctor.finding import Finding, Fix, Level, refusals
from spinfer.errors import ComponentError, Problem
from spinfer.manifest.model import Manifest
from spinfer.manifest.sources import LocalSource, RegistrySource
from spinfer.triggers import component_file


def examine(manifest: Manifest) -> Iterator[Finding]:
    """Of files on this machine; those from URLs are fetched when the app starts."""
    for id, component in manifest.components.items():
        if isinstance(component.source, RegistrySource):
            yield from refusals("component", partial(component_file.of_component, manifest, id))
        if isinstance(component.source, LocalSource):
            file = manifest.folder / component.source.path
            if not file.is_file():
                yield _missing(manifest, id, file)
            elif (newer := _newer(manifest, id, file)) is not None:
                what = f"component `{id}` is older than {os.path.relpath(newer, manifest.folder)}"
                problem = Problem(what, str(file), f"Build it: {_command(id)}")
                yield Finding("component", Level.HINT, problem, _fix(manifest, id))


def present(manifest: Manifest, id: str) -> bool:
    source = manifest.components[id].source
    return isinstance(source, LocalSource) and (manifest.folder / source.path).is_file()


def _missing(manifest: Manifest, id: str, file: Path) -> Finding:
    build = manifest.components[id].build
    cure = "Correct the path, or say how it is built: [component.ID.build] with `command`."
    if build is not None:
        cure = f"Build it: {_command(id)}, which runs `{' && '.join(build.command)}`"
    problem = Problem(f"component `{id}` has not been built: there is no such file", str(file), cure)
    return Finding("component", Level.PROBLEM, problem, _fix(manifest, id) if build else None)


def _newer(manifest: Manifest, id: str, file: Path) -> Path | None:
    """A file that `watch` names, changed after the component was built."""
    if manifest.components[id].build is None:
        return None
    built = file.stat().st_mtime
    return next((it for it in sources(manifest, id) if it != file and it.stat().st_mtime > built), None)


def _command(id: str) -> str:
    return f"spinfer build -c {id}"


def _fix(manifest: Manifest, id: str) -> Fix:
    def build() -> None:
        code = running.build(steps(manifest, [id]), lambda line: None, aside=True)
        if code:
            raise ComponentError(f"component `{id}` cannot be built: its build ended with {code}")

    return Fix(f"build component `{id}`", build)
