"""Whether an app's Redis triggers can be listened to, as far as no server has to be asked. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from spinfer.doctor.finding import Finding, fine, hint, problems
from spinfer.errors import ManifestError
from spinfer.manifest.model import Manifest
from spinfer.triggers.redis import target


def examine(manifest: Manifest, values: Mapping[str, str]) -> Iterator[Finding]:
    """`values`: of all variables."""
    try:
        servers = target.of_manifest(manifest, values)
    except ManifestError as e:
        yield from problems("channel", e.problems)
        return
    for server in servers:
        names = ", ".join(f"`{name}`" for name in server.channels)
        yield fine("channel", f"on {server.address} it listens to {names}", manifest.path.name)
        for name, components in server.channels.items():
            for id, times in Counter(components).items():
                if times > 1:
                    what = f"component `{id}` is told of each message on `{name}` {times} times"
                    where = f"{manifest.path.name}: trigger.redis"
                    yield hint("channel", what, where, "Remove all but one of these triggers.")
