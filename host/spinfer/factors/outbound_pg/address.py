"""`postgres://user:password@host[:port]/database`, or `host=… user=…`, as libpq reads them, made safe.

What would reach into this machine is refused: its sockets, files, services and keys.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from spinfer.factors.outbound_networking.hosts import Destination
from spinfer.factors.outbound_pg.failures import ConnectionFailed

PORT: Final = 5432
_ALLOWED: Final = frozenset(
    {
        "user", "password", "dbname", "options", "application_name", "sslmode", "target_session_attrs",
        "channel_binding", "connect_timeout", "keepalives", "keepalives_idle", "tcp_user_timeout",
        "load_balance_hosts",
    }
)  # fmt: skip
_EMPTY: Final = (
    *("user", "password", "dbname", "options", "application_name", "requirepeer"),
    *("sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "gsslib"),
)
"""Settings that are unset where they are empty."""
_OURS: Final = {
    "client_encoding": "UTF8",
    "passfile": f"{os.devnull}/none",
    "gssencmode": "disable",
    "sslcertmode": "disable",
    "keepalives_idle": "60",
    "tcp_user_timeout": "60000",
}
"""So that nothing of the operator's is shown to a guest's server, and one that is gone is noticed."""


@dataclass(frozen=True, slots=True)
class Server:
    """One of the servers that an address names."""

    host: str
    port: int

    @property
    def destination(self) -> Destination:
        return Destination("postgres", self.host.lower(), self.port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgres://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class PgAddress:
    """Where to connect, and as whom."""

    servers: tuple[Server, ...]
    settings: Mapping[str, str] = field(repr=False)

    def conninfo(self, addresses: Mapping[Server, tuple[str, ...]]) -> str:
        """For libpq, which looks nothing up: it tries these addresses in turn."""
        tried = [(server, address) for server in self.servers for address in addresses[server]]
        roots = {"sslrootcert": "system"} if self.settings.get("sslmode") == "verify-full" else {}
        return make_conninfo(
            **{
                **_without_environment(),
                **_OURS,
                **roots,
                **self.settings,
                "host": ",".join(server.host for server, _ in tried),
                "hostaddr": ",".join(address for _, address in tried),
                "port": ",".join(str(server.port) for server, _ in tried),
            }
        )


def parse(text: str) -> PgAddress:
    """Raises ConnectionFailed."""
    try:
        said = {name: str(value) for name, value in conninfo_to_dict(text).items()}
    except psycopg.Error as e:
        raise ConnectionFailed(str(e).strip()) from e
    hosts, ports = said.pop("host", ""), said.pop("port", "")
    for name in said:
        if name not in _ALLOWED:
            raise ConnectionFailed(f"unknown option `{name}`")
    if not hosts:
        raise ConnectionFailed("the address names no host")
    return PgAddress(tuple(_servers(hosts.split(","), ports.split(","))), said)


@cache
def _without_environment() -> Mapping[str, str]:
    """What libpq would take from PGPASSWORD and the like, which are the operator's, as it is without them.

    Said here, it is not looked for in the file of a PGSERVICE either.
    """
    options = [option for option in pq.Conninfo.get_defaults() if option.envvar]
    usual = {option.keyword.decode(): option.compiled.decode() for option in options if option.compiled}
    known = {option.keyword.decode() for option in options}
    return {**usual, **{name: "" for name in _EMPTY if name in known}, "connect_timeout": "0"}


def _servers(hosts: list[str], ports: list[str]) -> Iterator[Server]:
    if len(ports) == 1:
        ports = ports * len(hosts)
    if len(ports) != len(hosts):
        raise ConnectionFailed(f"there are {len(hosts)} hosts, and {len(ports)} ports for them")
    for host, port in zip(hosts, ports, strict=True):
        if not host or host.startswith(("/", "@")):
            raise ConnectionFailed("Unix sockets are not for components")
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ConnectionFailed(f"`{port}` is not a port")
        yield Server(host, int(port or PORT))
