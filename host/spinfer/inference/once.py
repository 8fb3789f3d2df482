"""Make a thing once, however many threads ask for it at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Attempt(Generic[V]):
    future: Future[V]
    version: object

    @property
    def failed(self) -> bool:
        return self.future.done() and self.future.exception() is not None


class Once(Generic[K, V]):
    """Things by key. Whoever asks first makes; the others wait, and share the result or the exception.

    A failure is remembered for as long as `version` stays the same.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: dict[K, _Attempt[V]] = {}

    def get(self, key: K, version: object, make: Callable[[], V]) -> V:
        """`make` is called on this thread, with no lock held. Raises what it raised."""
        with self._lock:
            attempt = self._attempts.get(key)
            mine = attempt is None or (attempt.failed and attempt.version != version)
            if attempt is None or mine:
                attempt = self._attempts[key] = _Attempt(Future(), version)
        if mine:
            self._make(key, attempt.future, make)
        return attempt.future.result()

    def made(self) -> list[V]:
        """Everything made, waiting for what is being made."""
        with self._lock:
            attempts = list(self._attempts.values())
        return [a.future.result() for a in attempts if a.future.exception() is None]

    def _make(self, key: K, future: Future[V], make: Callable[[], V]) -> None:
        try:
            future.set_result(make())
        except BaseException as e:  # noqa: BLE001 - whoever waits gets it
            if not isinstance(e, Exception):  # an interrupted attempt says nothing about the next one
                with self._lock:
                    del self._attempts[key]
            future.set_exception(e)
