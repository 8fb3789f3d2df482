"""Looks up names for the client, and keeps from it every address that is blocked."""

from __future__ import annotations

import socket
from collections.abc import Callable

from aiohttp.abc import AbstractResolver, ResolveResult


class Prohibited(OSError):
    """Whatever the name stands for is in a blocked network."""


class FilteringResolver(AbstractResolver):
    """Another resolver's answers, without what `is_blocked`. Addresses written as such do not come here."""

    def __init__(self, resolver: AbstractResolver, is_blocked: Callable[[str], bool]) -> None:
        self._resolver = resolver
        self._is_blocked = is_blocked

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises Prohibited when nothing is left, OSError when nothing was found."""
        found = await self._resolver.resolve(host, port, family)
        allowed = [address for address in found if not self._is_blocked(address["host"])]
        if found and not allowed:
            raise Prohibited(f"every address of {host} is in a blocked network")
        return allowed

    async def close(self) -> None:
        await self._resolver.close()
