"""An event loop that waits for what a thread does meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")

PATIENCE_S = 60.0


def awaited(coming: Coroutine[Any, Any, T], meanwhile: Callable[[], object]) -> tuple[T, int]:
    """What comes, while another thread does `meanwhile`, and how often that thread called the event loop."""

    async def run() -> tuple[T, int]:
        loop = asyncio.get_running_loop()
        task = loop.create_task(coming)
        await asyncio.sleep(0)  # by now it waits
        thread = threading.Thread(target=meanwhile)
        with patch.object(loop, "call_soon_threadsafe", wraps=loop.call_soon_threadsafe) as called:
            thread.start()
            try:
                return await asyncio.wait_for(task, PATIENCE_S), called.call_count
            finally:
                thread.join()

    return asyncio.run(run())
