"""A pointer into C, freed once: whoever asks after that is told so, instead of crashing the process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

Native: TypeAlias = Any
"""A ctypes pointer, structure or function, of which the type checker knows nothing."""


class AlreadyClosed(RuntimeError):
    """A mistake of ours: the handle was used after its owner closed it."""


class Handle:
    """Owns `pointer`, and frees it in close(); `borrow` keeps it alive on threads other than that one."""

    def __init__(self, what: str, pointer: Native, free: Callable[[Native], None]) -> None:
        self._what = what
        self._pointer = pointer
        self._free = free
        self._borrowers = 0
        self._returned = threading.Condition()

    @property
    def pointer(self) -> Native:
        """For the thread that also closes. Raises AlreadyClosed."""
        if self._pointer is None:
            raise AlreadyClosed(f"{self._what} is already closed")
        return self._pointer

    @contextmanager
    def borrow(self) -> Iterator[Native]:
        """For any thread: the pointer stays good inside the block. Raises AlreadyClosed."""
        with self._returned:
            pointer = self.pointer
            self._borrowers += 1
        try:
            yield pointer
        finally:
            with self._returned:
                self._borrowers -= 1
                self._returned.notify_all()

    def close(self) -> None:
        """Wait for the borrowers, then free. Closing twice is no mistake."""
        with self._returned:
            pointer, self._pointer = self._pointer, None
            self._returned.wait_for(lambda: not self._borrowers)
        if pointer is not None:
            self._free(pointer)
