"""Components that somebody chooses by their names, of those that a manifest has."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from spinfer.errors import ConfigError
from spinfer.manifest.model import Manifest


def check(manifest: Manifest, chosen: Collection[str], where: str = "--component-id") -> None:
    """Raises ConfigError for a name that no component has; `where` it was chosen."""
    unknown = [name for name in chosen if name not in manifest.components]
    if unknown:
        raise ConfigError(
            f"there is no component `{unknown[0]}` in {manifest.path.name}",
            where=where,
            cure=f"The components are {listed(manifest.components)}.",
        )


def listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "none"
