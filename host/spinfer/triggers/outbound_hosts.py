"""`allowed_outbound_hosts` of a manifest's components, with the values of the variables they name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spinfer.errors import ManifestError, Problem
from spinfer.factors.outbound_networking.entry import InvalidEntry
from spinfer.factors.outbound_networking.hosts import AllowedHosts
from spinfer.manifest.model import Manifest


def of_components(manifest: Manifest, components: Iterable[str]) -> dict[str, AllowedHosts]:
    """By component. Raises ManifestError, listing every entry that is none."""
    allowed: dict[str, AllowedHosts] = {}
    problems: list[Problem] = []
    values = {name: variable.default for name, variable in manifest.variables.items()}
    for id in components:
        where = f"{manifest.path.name}: component.{id}.allowed_outbound_hosts"
        try:
            allowed[id] = AllowedHosts.parse(_entries(manifest, id, values))
        except InvalidEntry as e:
            problems.append(Problem(e.what, where, e.cure))
    if problems:
        raise ManifestError.listing(problems)
    return allowed


def _entries(manifest: Manifest, component: str, values: Mapping[str, str | None]) -> Iterator[str]:
    def value_of(name: str) -> str:
        value = values.get(name)
        if value is None:
            raise InvalidEntry(
                f"variable `{name}` has no value", f"give it one: [variables.{name}] default = …"
            )
        return value

    for template in manifest.components[component].allowed_outbound_hosts:
        yield template.fill(value_of)
