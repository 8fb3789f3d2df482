"""The event loop's way to wait for what guests' threads wait for otherwise."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from spinfer.factors.wasi_io.poll import Pollable, sleep_s


async def ready(pollable: Pollable) -> None:
    """Until `pollable` is ready, without blocking the running event loop."""
    if pollable.ready():
        return
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop was closed meanwhile: nobody is waiting any more
            loop.call_soon_threadsafe(changed.set)

    unsubscribe = pollable.subscribe(wake)
    try:
        while not pollable.ready():
            await _within(sleep_s([pollable]), changed)
            changed.clear()
    finally:
        unsubscribe()


async def _within(seconds: float | None, changed: asyncio.Event) -> None:
    """Wait for it, or for so long."""
    if seconds is None:
        await changed.wait()
        return
    with suppress(TimeoutError):
        await asyncio.wait_for(changed.wait(), seconds)
