"""How a caller that goes away says so: one message, to whoever is listening."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from spinfer.errors import Cancelled


class Cancellation:
    """Cancelled at most once, from any thread; listeners are called once each, the newest first, on the
    thread that cancels.

    Listeners must be quick and must not raise: they post a message (to an engine's inbox, to a waiting
    queue) and return. A listener added after the fact is called at once.

    Without a lock of its own, as each request has one: each step is one operation on a dict, and whoever
    takes a listener out of it calls it.
    """

    __slots__ = ("_cancelled", "_listeners")

    def __init__(self) -> None:
        self._listeners: dict[Listening, Callable[[], None]] = {}
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def check(self) -> None:
        """Raises Cancelled once it is."""
        if self._cancelled:
            raise Cancelled("the caller has left")

    def cancel(self) -> None:
        if self._cancelled:
            return
        self._cancelled = True
        while self._listeners:
            try:
                _, listener = self._listeners.popitem()
            except KeyError:  # the last one has just stopped listening
                return
            listener()

    def listening(self, listener: Callable[[], None]) -> Listening:
        """A block: `listener` hears of a cancellation while it runs."""
        return Listening(self, listener)

    def _add(self, listening: Listening, listener: Callable[[], None]) -> None:
        self._listeners[listening] = listener
        # asked only now, so that either side sees what the other did
        if self._cancelled and self._listeners.pop(listening, None) is not None:
            listener()

    def _remove(self, listening: Listening) -> None:
        self._listeners.pop(listening, None)


class Listening:
    """What `Cancellation.listening` gives: a `with` block, entered once."""

    __slots__ = ("_cancellation", "_listener")

    def __init__(self, cancellation: Cancellation, listener: Callable[[], None]) -> None:
        self._cancellation = cancellation
        self._listener = listener

    def __enter__(self) -> None:
        self._cancellation._add(self, self._listener)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancellation._remove(self)
