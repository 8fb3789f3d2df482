"""One component's messages from one channel: one after the other, in the order in which they came."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

from spinfer.inference.cancellation import Cancellation

WAITING: Final = 1000
"""Messages that may wait here; then it is the server that has to keep them."""

Handle = Callable[[bytes, Cancellation], None]


class Worker:
    """A guest thread of its own; a daemon, for a guest that nothing interrupts."""

    def __init__(self, name: str, handle: Handle) -> None:
        """`handle` does not raise."""
        self._handle = handle
        self._messages: queue.Queue[bytes | None] = queue.Queue(WAITING)
        self._cancellation = Cancellation()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, message: bytes) -> None:
        """Waits where as many wait already, until there is room or it has been asked to end."""
        while not self._ending.is_set():
            try:
                self._messages.put(message, timeout=0.2)
            except queue.Full:
                continue
            return

    def end(self) -> None:
        """Once what waits is handled. Any thread, from when nobody puts anything more."""
        self._ending.set()
        try:
            self._messages.put_nowait(None)
        except queue.Full:
            self._cancellation.cancel()  # there is no telling how long all of them would take

    def cancel(self) -> None:
        """End the guest, and forget what waits. Any thread."""
        self._cancellation.cancel()
        self.end()

    def join(self, timeout_s: float | None) -> bool:
        """Whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while not self._cancellation.cancelled:
            message = self._messages.get()
            if message is None:
                return
            self._handle(message, self._cancellation)
