"""Connections that nobody holds, kept for a short time in case somebody opens the same again."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, Generic, NamedTuple, TypeVar

from spinfer.factors.outbound_networking.connection import Connection

KEEP_S: Final = 10.0
MOST_ALIKE: Final = 8
MOST: Final = 32

C = TypeVar("C", bound=Connection)


class _Kept(NamedTuple, Generic[C]):
    key: Hashable
    connection: C
    until: float
    """By the clock `time.monotonic`."""


class IdleConnections(Generic[C]):
    """The oldest go first: when their time is up, or when there are too many. Any thread."""

    def __init__(self, keep_s: float = KEEP_S) -> None:
        self._keep_s = keep_s
        self._kept: deque[_Kept[C]] = deque()
        """The oldest first."""
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        """Runs while any are kept, to close them."""
        self._closed = False

    def __len__(self) -> int:
        return len(self._kept)

    def wants(self, key: Hashable) -> bool:
        """Whether one more of this kind would be kept."""
        with self._lock:
            return not self._closed and sum(kept.key == key for kept in self._kept) < MOST_ALIKE

    def put(self, key: Hashable, connection: C) -> None:
        """Keep it, or close it where that is too late."""
        with self._lock:
            kept = not self._closed
            if kept:
                self._kept.append(_Kept(key, connection, time.monotonic() + self._keep_s))
                self._tick()
        if kept:
            self.shrink(MOST)
        else:
            connection.close()

    def take(self, key: Hashable) -> C | None:
        """The one that was used last."""
        with self._lock:
            for kept in reversed(self._kept):
                if kept.key == key:
                    self._kept.remove(kept)
                    return kept.connection
        return None

    def shrink(self, most: int) -> None:
        """Close all but so many."""
        self._end(lambda _oldest: len(self._kept) > max(0, most))

    def close(self) -> None:
        """Keep none from now on."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
        self.shrink(0)

    def _end(self, is_over: Callable[[_Kept[C]], bool]) -> None:
        """Close the oldest, as long as it `is_over`: outside the lock, as a server may be slow to hear it."""
        ended = []
        with self._lock:
            while self._kept and is_over(self._kept[0]):
                ended.append(self._kept.popleft())
        for kept in ended:
            kept.connection.close()

    def _tick(self) -> None:
        """With the lock held."""
        if self._timer is None:
            left = self._kept[0].until - time.monotonic()
            self._timer = threading.Timer(max(0.0, left), self._expire)
            self._timer.name = "spinfer-idle-connections"
            self._timer.daemon = True
            self._timer.start()

    def _expire(self) -> None:
        now = time.monotonic()
        self._end(lambda oldest: oldest.until <= now)
        with self._lock:
            self._timer = None
            if self._kept and not self._closed:
                self._tick()
