"""One entry of `allowed_outbound_hosts`, taken apart: `<scheme|*>://<host>[:port | :* | :a..b]`. Pure.

The grammar is Spin's; see its documentation on outbound permissions.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

DEFAULT_PORTS = {"http": 80, "https": 443, "redis": 6379, "mysql": 3306, "postgres": 5432, "mqtt": 1883}
"""What a scheme's port is when an address names none."""

_ANY = "*"
_BRACKETED = re.compile(r"\[(?P<address>[0-9A-Fa-f:.]+)\](?P<length>/\d+)?(?::(?P<port>.*))?")
_NAME = re.compile(r"[^\s/:@{}\[\]?#*]+")
_SELF = ("self", "self.alt")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class InvalidEntry(ValueError):
    """The text is no such entry: `what` says why, `cure` what to write instead."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}: {cure}")
        self.what = what
        self.cure = cure


@dataclass(frozen=True, slots=True)
class AnyHost:
    """`*`: every host, the app itself too."""


@dataclass(frozen=True, slots=True)
class ItSelf:
    """`self`, `self.alt`: the app's own address."""


@dataclass(frozen=True, slots=True)
class Subdomains:
    """`*.example.com`: whatever ends in `suffix`, which begins with a dot."""

    suffix: str


@dataclass(frozen=True, slots=True)
class Name:
    """A host by its name, in small letters; `<component>.spin.internal` is one."""

    name: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """An IP address, or all of a network, written as addresses: names are not looked up for it."""

    network: Network


Host = AnyHost | ItSelf | Subdomains | Name | Addresses


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """An entry. `scheme` None: any; `ports` None: any."""

    scheme: str | None
    host: Host
    ports: range | None


def parse(text: str) -> AllowedHost:
    """Raises InvalidEntry."""
    entry = text.strip()
    if entry == "insecure:allow-all":
        raise InvalidEntry("`insecure:allow-all` is not allowed here", "use `*://*:*` to allow every host")
    scheme, found, rest = entry.partition("://")
    if not found:
        likely = f"https://{entry}" if _NAME.fullmatch(entry) else "https://api.example.com"
        raise InvalidEntry(f"`{entry}` has no scheme", f"write for example `{likely}`")
    host, port = _split(entry, rest)
    return AllowedHost(_scheme(entry, scheme), _host(entry, host), _ports(entry, port, scheme))


def _split(entry: str, rest: str) -> tuple[str, str | None]:
    """Host and port; a final slash is dropped."""
    rest = rest.removesuffix("/")
    if rest.startswith("["):
        match = _BRACKETED.fullmatch(rest)
        if match is None:
            raise InvalidEntry(
                f"`{entry}` has no valid IPv6 address", "write for example `http://[::1]:8080`"
            )
        return match["address"] + (match["length"] or ""), match["port"]
    host, colon, port = rest.rpartition(":")
    return (host, port) if colon else (rest, None)


def _scheme(entry: str, scheme: str) -> str | None:
    if scheme == _ANY:
        return None
    if scheme.startswith("{"):
        raise InvalidEntry(f"`{entry}` lists several schemes", "write an entry for each of them")
    if not re.fullmatch(r"[A-Za-z]+", scheme):
        raise InvalidEntry(f"`{scheme}` in `{entry}` is not a scheme", "write letters only, or `*`")
    return scheme.lower()


def _host(entry: str, host: str) -> Host:
    host = host.strip().lower()
    if host == _ANY:
        return AnyHost()
    if host in _SELF:
        return ItSelf()
    if host.startswith("{"):
        raise InvalidEntry(f"`{entry}` lists several hosts", "write an entry for each of them")
    try:
        return Addresses(ipaddress.ip_network(host, strict=False))
    except ValueError:
        return _name(entry, host)


def _name(entry: str, host: str) -> Host:
    if "/" in host:
        raise InvalidEntry(f"`{entry}` has a path", "leave it out: a permission is for a whole host")
    name = host.removeprefix("*.")
    if "*" in name:
        raise InvalidEntry(
            f"`{entry}` has a `*` inside its host", "write `*`, or `*.` before a domain: `*.example.com`"
        )
    if not _NAME.fullmatch(name):
        raise InvalidEntry(f"`{entry}` has no valid host", "write for example `https://api.example.com`")
    return Name(name) if name == host else Subdomains(f".{name}")


def _ports(entry: str, port: str | None, scheme: str) -> range | None:
    """`a..b` is the ports from a up to b, without b."""
    if not port:
        default = DEFAULT_PORTS.get(scheme.lower())
        if default is None:
            raise InvalidEntry(
                f"`{entry}` names no port, and `{scheme}` has no usual one", f"write `{entry.rstrip('/')}:*`"
            )
        return range(default, default + 1)
    if port == _ANY:
        return None
    if port.startswith("{"):
        raise InvalidEntry(f"`{entry}` lists several ports", "write an entry for each, or a range: `a..b`")
    first, dots, end = port.partition("..")
    ports = range(_port(entry, first), _port(entry, end) if dots else _port(entry, first) + 1)
    if not ports:
        raise InvalidEntry(f"`{entry}` allows no port at all", "write the smaller one first: `8000..8010`")
    return ports


def _port(entry: str, text: str) -> int:
    if "/" in text:
        raise InvalidEntry(f"`{entry}` has a path", "leave it out: a permission is for a whole host")
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 0xFFFF:
        raise InvalidEntry(f"`{text}` in `{entry}` is not a port", "write a number up to 65535, or `*`")
    return int(text)
