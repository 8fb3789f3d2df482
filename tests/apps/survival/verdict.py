"""Rounds of requests, and what must be the same after as before: threads, files, objects, memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apps.survival.census import Census
from apps.survival.load import Crowd, Tally
from apps.survival.server import Server

BUSY = (
    "spinfer.triggers.http.connection.Connection",
    "spinfer.triggers.http.exchange.Exchange",
    "spinfer.runtime.instance.Instance",
    "spinfer.runtime.clock.Watch",
    "spinfer.bindings.resources.Resources",
    "spinfer.factors.wasi_io.pipe.Pipe",
    "spinfer.inference.engine.sequence.Sequence",
    "spinfer.inference.sharing.calls.Call",
    "spinfer.triggers.http.guest_threads.Ticket",
    "wasmtime._store.Store",
)
"""Of these there are none while nobody asks."""
SETTLED_S = 30.0
GROWTH_KIB = 16 << 10
"""What memory may differ by in the last half of the rounds."""
STRAY = 150
"""What any other type may differ by: asyncio keeps up to a hundred timers that were cancelled."""


@dataclass(frozen=True)
class Round:
    """Some requests, and the host when they had ended."""

    seconds: float
    census: Census

    def __str__(self) -> str:
        c = self.census
        return (
            f"{self.seconds:6.1f} s, {c.memory_kib / 1024:.1f} MiB, {c.threads} threads, {c.files} files, "
            f"models: {c.requests}"
        )


async def attack(
    server: Server, crowd: Crowd, requests: int, *, rounds: int, tell: Callable[[str], None]
) -> tuple[Tally, list[Round]]:
    """How the requests went; and the rounds they came in, after one that asks nothing.

    Whether what a client asked last leaves it a connection is chance: all leave before each count.
    """
    tally = Tally()
    await crowd.close()
    taken = [Round(0.0, settled(server))]
    for _ in range(rounds):
        began = time.monotonic()
        await crowd.ask(requests // rounds, tally)
        seconds = time.monotonic() - began
        await crowd.close()
        taken.append(Round(seconds, settled(server)))
        tell(f"{tally.total:6}: {taken[-1]}")
    return tally, taken


def settled(server: Server) -> Census:
    """Once whoever left is forgotten, and no more files are closed; at the latest after a while."""
    end, files = time.monotonic() + SETTLED_S, None
    while True:
        census = server.census()
        if (not _left(census) and census.files == files) or time.monotonic() > end:
            return census
        files = census.files
        time.sleep(0.1)


def judge(tally: Tally, rounds: Sequence[Round]) -> list[str]:
    """What there is to complain of, comparing the rounds with the first, which asked nothing."""
    before, after = rounds[0].census, rounds[-1].census
    half = [round_.census.memory_kib for round_ in rounds[len(rounds) // 2 :]]
    complaints = list(tally.failures[:20])
    if len(tally.failures) > len(complaints):
        complaints.append(f"and {len(tally.failures) - len(complaints)} failures more")
    complaints += _left(after)
    for what in ("threads", "files"):
        if getattr(after, what) > getattr(before, what) + 2:
            complaints.append(f"{what}: {getattr(before, what)} before, {getattr(after, what)} after")
    complaints += _grown(before, after)
    if half[-1] - half[0] > GROWTH_KIB:
        complaints.append(f"memory grew from {half[0]} to {half[-1]} KiB in the last half")
    return complaints


def _left(census: Census) -> list[str]:
    left = [f"{census.objects[name]} of {name} are left" for name in BUSY if census.objects.get(name)]
    return [*left, *([f"{census.callers} callers of models are left"] if census.callers else [])]


def _grown(before: Census, after: Census) -> list[str]:
    return [
        f"{name}: {before.objects.get(name, 0)} before, {count} after"
        for name, count in sorted(after.objects.items())
        if count > before.objects.get(name, 0) + STRAY
    ]
