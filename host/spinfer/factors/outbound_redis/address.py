"""`redis://[[user]:password@]host[:port][/database]`, taken apart; `rediss` is the same over TLS. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from spinfer.errors import SpinferError
from spinfer.factors.outbound_networking.hosts import Destination

PORT: Final = 6379
_DATABASE = re.compile(r"/?|/(?P<number>[0-9]{1,9})/?", re.ASCII)


class InvalidAddress(SpinferError):
    """No such address, or none that the component may reach: lower it to `invalid-address`."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A server, who asks, and which of its databases."""

    host: str
    """In small letters, IPv6 without brackets."""
    port: int = PORT
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    database: int = 0

    @property
    def destination(self) -> Destination:
        return Destination("rediss" if self.tls else "redis", self.host, self.port)

    def __str__(self) -> str:
        """Without whoever asks."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.destination.scheme}://{host}:{self.port}"


def parse(text: str) -> RedisAddress:
    """Raises InvalidAddress."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as e:
        raise InvalidAddress("it is malformed") from e
    if parts.scheme not in ("redis", "rediss"):
        raise InvalidAddress("it does not begin with redis:// or rediss://")
    database = _DATABASE.fullmatch(parts.path)
    if not host or database is None:
        raise InvalidAddress("it names no host, or no database by its number")
    return RedisAddress(
        host,
        PORT if port is None else port,
        tls=parts.scheme == "rediss",
        username=_text(parts.username),
        password=_text(parts.password),
        database=int(database["number"] or 0),
    )


def _text(quoted: str | None) -> str | None:
    return unquote(quoted) if quoted else None
