"""`allowed_outbound_hosts` of a manifest's components, with the values of the variables they name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spinfer.errors import ManifestError, Problem
from spinfer.factors.outbound_networking.entry import AllowedHost, InvalidEntry
from spinfer.factors.outbound_networking.hosts import AllowedHosts
from spinfer.manifest.model import Manifest


def of_components(
    manifest: Manifest, components: Iterable[str], values: Mapping[str, str]
) -> dict[str, AllowedHosts]:
    """By component; `values`: of all variables. Raises ManifestError, listing all that is no entry."""
    problems: list[Problem] = []
    allowed = {id: AllowedHosts(tuple(_entries(manifest, id, values, problems))) for id in components}
    if problems:
        raise ManifestError.listing(problems)
    return allowed


def _entries(
    manifest: Manifest, component: str, values: Mapping[str, str], problems: list[Problem]
) -> Iterator[AllowedHost]:
    """The component's entries; what is none goes to `problems`."""
    where = f"{manifest.path.name}: component.{component}.allowed_outbound_hosts"
    for template in manifest.components[component].allowed_outbound_hosts:
        try:
            yield from AllowedHosts.parse([template.fill(values.__getitem__)]).entries
        except InvalidEntry as e:
            if any(manifest.variables[name].secret for name in template.names):
                problems.append(Problem(f"`{template}` is no host with the values it has now", where))
            else:
                problems.append(Problem(e.what, where, e.cure))
