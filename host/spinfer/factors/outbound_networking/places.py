"""A bounded number of connections, `max_connections` of runtime-config.toml: each takes a place."""

from __future__ import annotations

import threading
import time
from typing import Final

from spinfer.inference.cancellation import Cancellation

PATIENCE_S: Final = 5.0
"""How long a guest waits for a place. Not forever: it may hold all of them itself."""


class Places:
    """Places of one service, shared by all guests. Any thread."""

    def __init__(self, limit: int | None = None, patience_s: float = PATIENCE_S) -> None:
        """`limit` None: as many as are asked for."""
        self._limit = limit
        self._patience_s = patience_s
        self._taken = 0
        self._changed = threading.Condition()

    @property
    def taken(self) -> int:
        return self._taken

    def take(self, cancellation: Cancellation) -> bool:
        """Whether there was one, within the patience. Raises Cancelled when the guest's caller leaves."""
        end = time.monotonic() + self._patience_s
        with cancellation.listening(self._wake), self._changed:
            while self._limit is not None and self._taken >= self._limit:
                cancellation.check()
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            self._taken += 1
            return True

    def give_back(self) -> None:
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
