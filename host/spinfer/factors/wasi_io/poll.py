"""What can be waited for, and how a guest waits: until one of several is ready, or it is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol

from spinfer.errors import Cancelled
from spinfer.inference.cancellation import Cancellation

Wake = Callable[[], None]


class Pollable(Protocol):
    """Something that becomes ready. Any thread may ask and subscribe."""

    def ready(self) -> bool:
        """Whether it is ready now; never blocks."""
        ...

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        """Have `wake` called, from any thread, whenever it may have become ready; returns what ends that.

        `wake` is quick and does not raise; it may be called needlessly, and while it is being unsubscribed.
        Subscribe first and ask `ready` afterwards: what became ready before is not told again.
        """
        ...


class Subscribers(dict[object, Wake]):
    """Who is to be woken: what a pollable needs for its `subscribe`. Any thread.

    A dict itself, and without a lock, as there are many that nobody ever subscribes to: each step is one
    operation on a dict.
    """

    __slots__ = ()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        key = object()
        self[key] = wake

        def unsubscribe() -> None:
            self.pop(key, None)

        return unsubscribe

    def wake(self) -> None:
        """Call them all. Hold no lock that a subscriber could want."""
        for wake in tuple(self.values()):
            wake()


class Ready:
    """A pollable that always is."""

    __slots__ = ()

    def ready(self) -> bool:
        return True

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return _nothing


class Instant:
    """Ready from a moment of `time.monotonic_ns` on. It wakes nobody: whoever waits sleeps until then."""

    __slots__ = ("at_ns",)

    def __init__(self, at_ns: int) -> None:
        self.at_ns = at_ns

    def ready(self) -> bool:
        return time.monotonic_ns() >= self.at_ns

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return _nothing


def _nothing() -> None:
    """Nothing to unsubscribe from."""


def sleep_s(pollables: Sequence[Pollable]) -> float | None:
    """How long until the first Instant among them, in seconds; None: there is none to wait for."""
    first_ns = min((each.at_ns for each in pollables if isinstance(each, Instant)), default=None)
    if first_ns is None:
        return None
    return min(max(0.0, (first_ns - time.monotonic_ns()) / 1e9), threading.TIMEOUT_MAX)


def wait_any(pollables: Sequence[Pollable], cancellation: Cancellation) -> list[int]:
    """The places of those that are ready, at least one: this thread sleeps until there is one.

    Raises Cancelled when `cancellation` comes first. Waiting for nothing at all ends only that way.
    """
    ready = _ready(pollables)
    if not ready and not cancellation.cancelled:
        ready = _awaited(pollables, cancellation)
    if cancellation.cancelled:
        raise Cancelled("the guest was cancelled while it waited")
    return ready


def _awaited(pollables: Sequence[Pollable], cancellation: Cancellation) -> list[int]:
    """Those that are ready, or none if it was cancelled meanwhile."""
    bell = threading.Event()
    with ExitStack() as subscriptions:
        subscriptions.enter_context(cancellation.listening(bell.set))
        for pollable in pollables:
            subscriptions.callback(pollable.subscribe(bell.set))
        while not (ready := _ready(pollables)) and not cancellation.cancelled:
            bell.wait(sleep_s(pollables))
            bell.clear()
    return ready


def _ready(pollables: Sequence[Pollable]) -> list[int]:
    return [place for place, pollable in enumerate(pollables) if pollable.ready()]
