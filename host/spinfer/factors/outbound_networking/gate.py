"""Whom components may connect to, and at which addresses: what every outbound service but HTTP asks first."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from spinfer.factors.outbound_networking.hosts import AllowedHosts, Destination
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.outbound_networking.refusals import Refusals


class Prohibited(OSError):
    """Whatever the name stands for is in a blocked network."""


class Gate:
    """The permissions of one app. A component that `allowed` does not name may reach nobody. Any thread."""

    def __init__(self, allowed: Mapping[str, AllowedHosts], blocked: BlockedNetworks | None = None) -> None:
        self._allowed = dict(allowed)
        self._blocked = blocked or BlockedNetworks()
        self._refusals = Refusals()

    def permits(self, component: str, destination: Destination) -> bool:
        """Whether the component may reach it; if not, the log says how to permit it."""
        if self._allowed.get(component, AllowedHosts()).allow(destination):
            return True
        self._refusals.tell(component, str(destination))
        return False

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """What the name stands for, without what is blocked; connect to these, and look nothing up again.

        Waits for the system's resolver. OSError: nothing found; Prohibited: all is blocked.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = dict.fromkeys(str(address[0]) for *_, address in found)
        allowed = tuple(address for address in addresses if not self._blocked.block(address))
        if not allowed:
            raise Prohibited(f"every address of {host} is in a blocked network")
        return allowed
