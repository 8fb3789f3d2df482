"""How a caller that goes away says so: one message, to whoever is listening."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from spinfer.errors import Cancelled


class Cancellation:
    """Cancelled at most once, from any thread; listeners are called once each, on the thread that cancels.

    Listeners must be quick and must not raise: they post a message (to an engine's inbox, to a waiting
    queue) and return. A listener added after the fact is called at once.
    """

    def __init__(self) -> None:
        # Reentrant: a generator that is garbage-collected stops listening on whatever thread that may be.
        self._lock = threading.RLock()
        self._listeners: dict[object, Callable[[], None]] = {}
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def check(self) -> None:
        """Raises Cancelled once it is."""
        if self._cancelled:
            raise Cancelled("the caller has left")

    def cancel(self) -> None:
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            listeners = list(self._listeners.values())
            self._listeners.clear()
        for listener in listeners:
            listener()

    @contextmanager
    def listening(self, listener: Callable[[], None]) -> Iterator[None]:
        """`listener` hears of a cancellation while the block runs."""
        key = object()
        with self._lock:
            late = self._cancelled
            if not late:
                self._listeners[key] = listener
        if late:
            listener()
        try:
            yield
        finally:
            with self._lock:
                self._listeners.pop(key, None)
