"""A value that arrives once, from any thread; guests poll for it, the event loop awaits it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from spinfer.bindings.values import Some
from spinfer.factors.wasi_io import event_loop
from spinfer.factors.wasi_io.poll import Subscribers, Wake

T = TypeVar("T")


class Promise(Generic[T]):
    """A pollable that is ready once it is kept. Any thread."""

    __slots__ = ("_lock", "_subscribers", "_value")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers = Subscribers()
        self._value: Some[T] | None = None

    @classmethod
    def kept(cls, value: T) -> Promise[T]:
        """One that is ready already."""
        promise = cls()
        promise.keep(value)
        return promise

    def __repr__(self) -> str:
        return f"<Promise: {'nothing yet' if self._value is None else self._value.value!r}>"

    def keep(self, value: T) -> bool:
        """The value is here. The first one stays: False when this one came too late."""
        with self._lock:
            if self._value is not None:
                return False
            self._value = Some(value)
        self._subscribers.wake()
        self._subscribers.clear()  # they often hold what holds the promise
        return True

    def peek(self) -> Some[T] | None:
        """The value, None as long as there is none."""
        return self._value

    async def arrival(self) -> T:
        """The value, awaited on the running event loop without blocking it."""
        await event_loop.ready(self)
        assert self._value is not None, "what is ready has arrived"
        return self._value.value

    def ready(self) -> bool:
        return self._value is not None

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._subscribers.subscribe(wake)
