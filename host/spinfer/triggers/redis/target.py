"""What `spinfer up` listens to of a manifest: its Redis triggers, by server and channel. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from spinfer.errors import ManifestError, Problem
from spinfer.factors.outbound_redis import address as addresses
from spinfer.factors.outbound_redis.address import InvalidAddress, RedisAddress
from spinfer.manifest.model import Manifest, RedisTrigger


@dataclass(frozen=True, slots=True)
class Server:
    """One server, and who is told of what there."""

    address: RedisAddress
    channels: Mapping[str, tuple[str, ...]]
    """By channel, the components that are told of its messages."""

    def __str__(self) -> str:
        lines = (f"  {name}: {', '.join(components)}" for name, components in self.channels.items())
        return "\n".join((f"Active Channels on {self.address}:", *lines))


def components(manifest: Manifest, only: Collection[str] = ()) -> tuple[str, ...]:
    """Those with a Redis trigger; of these alone when some are named."""
    return tuple(dict.fromkeys(trigger.component for trigger in _triggers(manifest, only)))


def of_manifest(
    manifest: Manifest, values: Mapping[str, str], only: Collection[str] = ()
) -> tuple[Server, ...]:
    """`values`: of all variables. Raises ManifestError, listing every address that is none."""
    problems: list[Problem] = []
    servers: dict[RedisAddress, dict[str, list[str]]] = {}
    for trigger in _triggers(manifest, only):
        try:
            address = addresses.parse(trigger.address.fill(values.__getitem__))
        except InvalidAddress as e:
            # the text may hold a password: it is the template that is quoted
            problems.append(
                Problem(
                    f"`{trigger.address}` is no address of a Redis server with the values it has now: {e}"
                    if trigger.address.names
                    else f"the address is none of a Redis server: {e}",
                    f"{manifest.path.name}: trigger.redis ({trigger.id}).address",
                    'Write for example address = "redis://localhost:6379".',
                )
            )
            continue
        channel = trigger.channel.fill(values.__getitem__)
        servers.setdefault(address, {}).setdefault(channel, []).append(trigger.component)
    if problems:
        raise ManifestError.listing(problems)
    return tuple(
        Server(address, {name: tuple(told) for name, told in channels.items()})
        for address, channels in servers.items()
    )


def _triggers(manifest: Manifest, only: Collection[str]) -> Iterator[RedisTrigger]:
    return (t for t in manifest.triggers_of(RedisTrigger) if not only or t.component in only)
