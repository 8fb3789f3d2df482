"""Where a manifest's component lies on this machine."""

from __future__ import annotations

from spinfer.errors import ComponentError
from spinfer.manifest.component import Component
from spinfer.manifest.model import Manifest
from spinfer.manifest.sources import LocalSource
from spinfer.runtime.loader import ComponentFile


def of_component(manifest: Manifest, component_id: str) -> ComponentFile:
    """The file of a component that the manifest has. Raises ComponentError where it is not a file here."""
    component = manifest.components[component_id]
    match component.source:
        case LocalSource(path):
            return ComponentFile(component_id, manifest.folder / path, _build_command(component))
    raise ComponentError(
        f"component `{component_id}` is not a file of this machine, and spinfer fetches nothing yet",
        where=f"{manifest.path.name}: component.{component_id}.source",
        cure='Download it, and write its path: source = "app.wasm"',
    )


def _build_command(component: Component) -> str | None:
    if component.build is None:
        return None
    change = "" if component.build.workdir == "." else f"cd {component.build.workdir} && "
    return change + " && ".join(component.build.command)
