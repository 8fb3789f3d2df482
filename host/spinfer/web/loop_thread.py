"""An event loop on a thread of its own, for callers that have none."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine

CLOSE_S = 5.0
"""How long closing may take before it goes on without the thread."""

log = logging.getLogger(__name__)


class LoopClosed(Exception):
    """There is no loop any more to do this on."""


class LoopThread:
    """Started by the first thing to do. Every method may be called from any thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def spawn(
        self, work: Callable[[], Coroutine[None, None, None]], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """Do it on the loop; what is returned cancels it. Raises LoopClosed.

        `ended` is called there, once, however it ends, also when it was cancelled before it began.
        """
        task: asyncio.Task[None] | None = None

        def start() -> None:
            nonlocal task
            task = asyncio.get_running_loop().create_task(work())
            self._tasks.add(task)
            task.add_done_callback(self._ended)
            task.add_done_callback(lambda _: ended())

        def cancel() -> None:
            if task is not None:
                task.cancel()

        with self._lock:  # whatever is posted before the loop is closed has begun when that cancels it
            loop = self._running()
            loop.call_soon_threadsafe(start)
        return lambda: _post(loop, cancel)

    def close(self, last: Callable[[], Awaitable[None]]) -> None:
        """Cancel what is under way, do `last`, and end the thread. Twice is no mistake."""
        with self._lock:
            self._closed = True
            loop, thread, self._thread = self._loop, self._thread, None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(last), loop).result(CLOSE_S)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(CLOSE_S)

    def _running(self) -> asyncio.AbstractEventLoop:
        """The loop; the caller holds the lock."""
        if self._closed:
            raise LoopClosed(self._name)
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(self._loop,), name=self._name, daemon=True)
            self._thread.start()
        return self._loop

    async def _end(self, last: Callable[[], Awaitable[None]]) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await last()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("%s: a task failed", self._name, exc_info=failure)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def _post(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call it on the loop; a loop that has ended has nothing left to be told."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        log.debug("the loop was closed before")
