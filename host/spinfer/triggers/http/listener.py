"""Where an app listens: an address as text, and the socket bound to it."""

from __future__ import annotations

import errno
import re
import socket
from dataclasses import dataclass

from spinfer.errors import ConfigError

_ADDRESS = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:\[\]]+)):(?P<port>\d{1,5})")
_BACKLOG = 2048
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """A host's name or number, and a port; 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """`127.0.0.1:3000`, `localhost:3000`, `[::1]:3000`. Raises ConfigError."""
        found = _ADDRESS.fullmatch(text.strip())
        if found is None or int(found["port"]) > _LAST_PORT:
            raise ConfigError(
                f"`{text}` is no address to listen at",
                where="--listen",
                cure="Write host:port, as in 127.0.0.1:3000",
            )
        return cls(found["v6"] or found["host"], int(found["port"]))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def listen(address: Address, *, find_free_port: bool = False) -> tuple[socket.socket, Address]:
    """A listening socket, and where it really listens.

    With `find_free_port` the next ports are tried where this one is taken. Raises ConfigError.
    """
    family, host = _resolve(address)
    last = _LAST_PORT if find_free_port else address.port
    for port in range(address.port, last + 1):
        try:
            bound = _bind(family, host, port)
        except OSError as e:
            if e.errno == errno.EADDRINUSE and find_free_port:
                continue
            raise _refused(Address(address.host, port), e) from e
        return bound, Address(address.host, bound.getsockname()[1])
    raise ConfigError(f"no port from {address.port} on is free", where="--find-free-port")


def _resolve(address: Address) -> tuple[int, str]:
    """The family and the number of its host."""
    try:
        found = socket.getaddrinfo(address.host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as e:
        raise ConfigError(
            f"`{address.host}` is no address of this machine", where="--listen", cure="Try 127.0.0.1"
        ) from e
    return found[0][0], str(found[0][4][0])


def _bind(family: int, host: str, port: int) -> socket.socket:
    # the protocol named, or asyncio would not know these connections for TCP and leave Nagle's delay on
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _refused(address: Address, error: OSError) -> ConfigError:
    match error.errno:
        case errno.EADDRINUSE:
            return ConfigError(
                f"{address} is in use by another program",
                where="--listen",
                cure="Stop that program, name another port with `--listen`, or pass `--find-free-port`.",
            )
        case errno.EACCES:
            cure = "Ports below 1024 need privileges: choose a higher one."
        case _:
            cure = "Choose an address of this machine, such as 127.0.0.1:3000"
    return ConfigError(f"cannot listen at {address}: {error.strerror}", where="--listen", cure=cure)
