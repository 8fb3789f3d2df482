"""Where a manifest's component lies on this machine, once it is here."""

from __future__ import annotations

from collections.abc import Iterable

from spinfer.downloads.verified import VerifiedFiles
from spinfer.errors import ComponentError, DownloadError, Problem
from spinfer.manifest.component import Component
from spinfer.manifest.model import Manifest
from spinfer.manifest.sources import LocalSource, UrlSource
from spinfer.runtime.loader import ComponentFile


def of_component(manifest: Manifest, component_id: str, files: VerifiedFiles | None = None) -> ComponentFile:
    """The file of a component that the manifest has; one from a URL is there after fetch(), in `files`.

    Raises ComponentError where it comes from a registry.
    """
    component = manifest.components[component_id]
    match component.source:
        case LocalSource(path):
            return ComponentFile(component_id, manifest.folder / path, _build_command(component))
        case UrlSource() as source:
            return ComponentFile(component_id, (files or VerifiedFiles()).path(_sha256(source)))
    raise ComponentError(
        f"component `{component_id}` comes from a registry, and spinfer fetches from none yet",
        where=f"{manifest.path.name}: component.{component_id}.source",
        cure='Download it, and write its path: source = "app.wasm"',
    )


def fetch(manifest: Manifest, component_ids: Iterable[str], files: VerifiedFiles) -> None:
    """Have the components that come from URLs here, verified. Raises DownloadError, listing every failure."""
    problems: list[Problem] = []
    for id in component_ids:
        source = manifest.components[id].source
        if isinstance(source, UrlSource):
            try:
                files.fetch(source.url, _sha256(source), f"component `{id}`")
            except DownloadError as e:
                problems.extend(e.problems)
    if problems:
        raise DownloadError.listing(problems)


def _sha256(source: UrlSource) -> str:
    return source.digest.removeprefix("sha256:")


def _build_command(component: Component) -> str | None:
    if component.build is None:
        return None
    change = "" if component.build.workdir == "." else f"cd {component.build.workdir} && "
    return change + " && ".join(component.build.command)
