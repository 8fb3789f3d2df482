"""`block_networks`: the addresses that no component may reach, whatever name led there. Pure.

An IPv6 address that stands for an IPv4 address (mapped, compatible, 6to4, NAT64) is blocked where that is.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from spinfer.factors.outbound_networking.entry import InvalidEntry, Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

PRIVATE = "private"
"""The word for every address that is not one of the public internet."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class BlockedNetworks:
    """What is blocked; nothing by default."""

    networks: tuple[Network, ...] = ()
    private: bool = False

    @classmethod
    def parse(cls, entries: Iterable[str]) -> BlockedNetworks:
        """CIDRs, addresses, and `private`. Raises InvalidEntry."""
        entries = tuple(entries)
        return cls(tuple(_network(entry) for entry in entries if entry != PRIVATE), PRIVATE in entries)

    def block(self, address: str) -> bool:
        """Whether this IP address must not be reached. Raises ValueError for what is none."""
        written = ipaddress.ip_address(address)
        meant = _meant(written)
        if self.private and not _is_public(meant):
            return True
        return any(written in network or meant in network for network in self.networks)


def _network(entry: str) -> Network:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError as e:
        raise InvalidEntry(
            f"`{entry}` is not a network", 'write an address, a CIDR such as "10.0.0.0/8", or "private"'
        ) from e


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64 or address in _COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
