"""The event loop's way to wait for what guests' threads wait for otherwise."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from spinfer.factors.wasi_io.poll import Pollable


async def ready(pollable: Pollable, within_s: float | None = None) -> bool:
    """Wait until it is, without blocking the running event loop; whether it became ready in time.

    An Instant never says that it is ready, so it cannot be waited for here.
    """
    loop = asyncio.get_running_loop()
    end = None if within_s is None else loop.time() + within_s
    while not pollable.ready():
        waiting = _Waiting(loop)
        unsubscribe = pollable.subscribe(waiting.rouse)
        timer = None if end is None else loop.call_at(end, waiting.end)
        try:
            if not pollable.ready():
                await waiting.woken
        finally:
            unsubscribe()
            if timer is not None:
                timer.cancel()
        if end is not None and loop.time() >= end:
            return pollable.ready()
    return True


class _Waiting:
    """A task of the event loop that waits: woken once, by whoever is first."""

    __slots__ = ("_loop", "_told", "woken")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._told = False
        self.woken: asyncio.Future[None] = loop.create_future()

    def rouse(self) -> None:
        """Any thread. Each call into the loop costs system calls, and one is enough."""
        if not self._told:
            self._told = True
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody is waiting any more
                self._loop.call_soon_threadsafe(self.end)

    def end(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)
