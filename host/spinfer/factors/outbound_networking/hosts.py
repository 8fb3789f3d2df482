"""`allowed_outbound_hosts` as a whole: whether a component may reach a destination. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from spinfer.factors.outbound_networking.entry import (
    DEFAULT_PORTS,
    Addresses,
    AllowedHost,
    AnyHost,
    Host,
    ItSelf,
    Name,
    Subdomains,
    parse,
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom a component wants to reach: `host` in small letters, IPv6 without brackets."""

    scheme: str
    host: str
    port: int | None = None
    """None: the scheme's own."""

    @property
    def usual_port(self) -> int | None:
        return DEFAULT_PORTS.get(self.scheme) if self.port is None else self.port

    def __str__(self) -> str:
        """As an entry that allows it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        unusual = self.port is not None and self.port != DEFAULT_PORTS.get(self.scheme)
        return f"{self.scheme}://{host}{f':{self.port}' if unusual else ''}"


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """What one component's entries allow together."""

    entries: tuple[AllowedHost, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> AllowedHosts:
        """Entries whose templates are filled in; empty ones are skipped. Raises InvalidEntry."""
        return cls(tuple(parse(entry) for entry in entries if entry.strip()))

    def allow(self, destination: Destination) -> bool:
        """Whether it may be reached. The app itself is never meant: see `allow_self`."""
        return any(_allows(entry, destination) for entry in self.entries)

    def allow_self(self, *schemes: str) -> bool:
        """Whether the app's own address may be reached by one of `schemes`; its port is not asked for."""
        return any(
            isinstance(entry.host, AnyHost | ItSelf) and (entry.scheme is None or entry.scheme in schemes)
            for entry in self.entries
        )


def _allows(entry: AllowedHost, destination: Destination) -> bool:
    if entry.scheme is not None and entry.scheme != destination.scheme:
        return False
    if entry.ports is not None and destination.usual_port not in entry.ports:
        return False
    return _is_among(destination.host, entry.host)


def _is_among(host: str, allowed: Host) -> bool:
    match allowed:
        case AnyHost():
            return True
        case ItSelf():
            return False
        case Subdomains(suffix):
            return host.endswith(suffix) and host != suffix
        case Name(name):
            return host == name
        case Addresses(network):
            try:
                return ipaddress.ip_address(host) in network
            except ValueError:
                return False
