"""Something to wait for that a test makes ready."""

from __future__ import annotations

from collections.abc import Callable

from spinfer.factors.wasi_io.poll import Subscribers, Wake


class Signal:
    """A pollable that is set once, from any thread, and stays ready."""

    __slots__ = ("_set", "_subscribers")

    def __init__(self) -> None:
        self._set = False
        self._subscribers = Subscribers()

    def set(self) -> None:
        self._set = True
        self._subscribers.wake()

    def ready(self) -> bool:
        return self._set

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._subscribers.subscribe(wake)
