"""A crowd of clients that ask at the same time, and a tally of how it went."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from apps.survival.kinds import FAILURES, KINDS, Client, Kind, hold

PATIENCE_S = 120.0
"""A request that takes longer has failed."""


@dataclass
class Tally:
    """How requests ended, by kind."""

    right: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.right.total() + len(self.failures)


class Crowd:
    """`clients` connections to one port; what they ask is a matter of `seed`, when they ask it is not."""

    def __init__(self, port: int, *, clients: int, seed: int = 0) -> None:
        self._clients = [Client(port, seed * 1000 + number) for number in range(clients)]
        self._random = random.Random(seed)
        self._limits = {kind: asyncio.Semaphore(kind.at_once) for kind in KINDS if kind.at_once is not None}

    async def fill(self, seconds: float) -> None:
        """Each client has a guest of every built component for a while, all at the same time.

        The host keeps a thread and a place for each: it should have them before what it has is counted.
        """
        for path in ("/hello/all", "/api/sentiment"):
            await asyncio.gather(*(hold(client, path, seconds) for client in self._clients))

    async def ask(self, requests: int, tally: Tally) -> None:
        """So many requests of all kinds, each as often as its share says; returns when all have ended."""
        kinds = self._mixed(requests)
        await asyncio.gather(*(self._work(client, kinds, tally) for client in self._clients))

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self._clients))

    def _mixed(self, requests: int) -> Iterator[Kind]:
        """At least one of each kind."""
        each = [max(1, kind.share * requests // 1000) for kind in KINDS]
        each[0] += requests - sum(each)
        mixed = [kind for kind, times in zip(KINDS, each, strict=True) for _ in range(times)]
        self._random.shuffle(mixed)
        return iter(mixed)

    async def _work(self, client: Client, kinds: Iterator[Kind], tally: Tally) -> None:
        for kind in kinds:
            async with AsyncExitStack() as bounded:
                if kind in self._limits:
                    await bounded.enter_async_context(self._limits[kind])
                await self._ask(client, kind, tally)

    async def _ask(self, client: Client, kind: Kind, tally: Tally) -> None:
        name = kind.ask.__name__
        try:
            async with asyncio.timeout(PATIENCE_S):
                await kind.ask(client)
        except FAILURES as failure:
            tally.failures.append(f"{name}: {type(failure).__name__}: {failure}")
            client.leave()
        else:
            tally.right[name] += 1
