"""What is in memory: loaded once, shared by those who use it, and unloaded for want of use or of room.

It decides under one lock, and loads and closes outside of it. What it keeps, it does not know.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from spinfer.errors import Busy, Cancelled, InferenceError, InferenceFailed
from spinfer.inference.cancellation import Cancellation

RETRY_S = 30.0
"""A load that failed is tried again after this time, even if nothing has changed that shows."""

ROOM_WAIT_S = 120.0
"""Longest that a load waits for answers of other models to end, to have their room."""


class Closeable(Protocol):
    def close(self) -> None: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Closeable)

Claim = Callable[[int], None]
"""Called by a load with all the bytes it needs, as far as it knows: waits for room, or raises NoRoom."""


class NoRoom(Exception):
    """It needs more than there is for all together, so unloading others is of no help."""

    def __init__(self, needed: int, limit: int) -> None:
        super().__init__(f"{needed} bytes of {limit}")
        self.needed = needed
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Failure:
    """How a load ended that did not succeed, what `version` it was of, and when."""

    error: BaseException
    version: object
    at_s: float

    @property
    def lasts(self) -> bool:
        """Whether it says something about the next attempt: an interrupted one does not."""
        return isinstance(self.error, Exception) and not isinstance(self.error, InferenceError)


class Stay(Enum):
    """How long something loaded remains."""

    STAYS = "stays"
    LEAVES = "leaves"
    """Nobody new is let in; once the last user has left, it is closed."""
    CLOSES = "closes"
    """Somebody is closing it."""


@dataclass(slots=True, eq=False)
class _Ready(Generic[V]):
    value: V
    bytes: int
    users: int
    used_s: float
    keep_alive_s: float | None
    stay: Stay = Stay.STAYS

    @property
    def expires_s(self) -> float:
        idle = not self.users and self.stay is Stay.STAYS and self.keep_alive_s is not None
        return self.used_s + (self.keep_alive_s or 0) if idle else math.inf


@dataclass(slots=True, eq=False)
class _Loading(Generic[V]):
    bytes: int = 0
    waiting: int = 0
    """They all become users, so that it does not leave before it has served them."""
    outcome: _Ready[V] | Failure | None = None


@dataclass(frozen=True, slots=True)
class Wish(Generic[K, V]):
    """What somebody wants to use, and how it is made if it is not there.

    A failure to make it is remembered while `version` stays the same, for RETRY_S. `keep_alive_s` of the
    latest user counts.
    """

    key: K
    version: object
    make: Callable[[Claim], V]
    keep_alive_s: float | None = None


class Residents(Generic[K, V]):
    """Things by key, in at most `limit_bytes`. Every method may be called from any thread."""

    def __init__(self, limit_bytes: int | None = None) -> None:
        self._limit = limit_bytes
        lock = threading.RLock()  # a generator that is garbage-collected leaves on whatever thread that is
        self._changed = threading.Condition(lock)
        self._aged = threading.Condition(lock)
        self._entries: dict[K, _Ready[V] | _Loading[V] | Failure] = {}
        self._claimant: _Loading[V] | None = None
        self._closed = False
        self._sweeper: threading.Thread | None = None
        self._sweeps_at_s = math.inf

    def __repr__(self) -> str:
        return f"<Residents {len(self.loaded())} loaded, {self.users} users>"

    @property
    def users(self) -> int:
        with self._changed:
            return sum(entry.users for entry in self._entries.values() if isinstance(entry, _Ready))

    def loaded(self) -> list[V]:
        """Everything that can be used at once."""
        with self._changed:
            return [entry.value for entry in self._entries.values() if isinstance(entry, _Ready)]

    @contextmanager
    def using(self, wish: Wish[K, V], cancellation: Cancellation) -> Iterator[V]:
        """The thing, made now if need be; it stays while the block runs, unless everything is closed.

        Raises what making it raised, Cancelled, Busy (no room in ROOM_WAIT_S), InferenceFailed (closed).
        """
        ready = self._enter(wish, cancellation)
        try:
            yield ready.value
        finally:
            self._leave(ready, wish.keep_alive_s)

    def discard(self, key: K) -> None:
        """Close it now, whoever uses it; wait for that, and for its load if it is being loaded."""
        with self._changed:
            self._changed.wait_for(lambda: not isinstance(self._entries.get(key), _Loading))
            ready = self._entries.get(key)
            if isinstance(ready, Failure) or ready is None:
                return
            assert isinstance(ready, _Ready)
            if ready.stay is Stay.CLOSES:
                self._changed.wait_for(lambda: self._entries.get(key) is not ready)
                return
            ready.stay = Stay.CLOSES
        self._close(ready)

    def close(self) -> None:
        """Let nobody in, wait for what is being loaded, and close everything. Twice is no mistake."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._aged.notify_all()
            sweeper = self._sweeper
            keys = list(self._entries)
        for key in keys:
            self.discard(key)
        if sweeper is not None:
            sweeper.join()

    def _enter(self, wish: Wish[K, V], cancellation: Cancellation) -> _Ready[V]:
        while True:
            with self._changed:
                entry = self._entries.get(wish.key)
                self._check_open()
                if isinstance(entry, _Ready) and entry.stay is Stay.STAYS:
                    entry.users += 1
                    return entry
                if self._makes(entry, wish):
                    loading = self._entries[wish.key] = _Loading()
                    break
            assert entry is not None
            if (found := self._wait(wish.key, entry, cancellation)) is not None:
                return found
        return self._load(wish, loading, cancellation)

    def _makes(self, entry: _Ready[V] | _Loading[V] | Failure | None, wish: Wish[K, V]) -> bool:
        if not isinstance(entry, Failure):
            return entry is None
        if entry.version == wish.version and time.monotonic() < entry.at_s + RETRY_S:
            raise entry.error
        return True

    def _wait(
        self, key: K, entry: _Ready[V] | _Loading[V] | Failure, cancellation: Cancellation
    ) -> _Ready[V] | None:
        """Until a load has ended, or what leaves has left. None: look again."""
        with cancellation.listening(self._wake), self._changed:
            if isinstance(entry, _Loading):
                return self._join(entry, cancellation)
            while (
                self._entries.get(key) is entry and isinstance(entry, _Ready) and entry.stay is not Stay.STAYS
            ):
                cancellation.check()
                self._changed.wait()
        return None

    def _join(self, loading: _Loading[V], cancellation: Cancellation) -> _Ready[V] | None:
        late = loading.outcome is not None
        loading.waiting += 1
        self._changed.wait_for(lambda: loading.outcome is not None or cancellation.cancelled)
        match loading.outcome:
            case None:
                loading.waiting -= 1
                raise Cancelled("the caller has left")
            case Failure(error) if isinstance(error, Exception) and not isinstance(error, Cancelled):
                raise error
            case _Ready() as ready if not late:
                return ready
        return None

    def _load(self, wish: Wish[K, V], loading: _Loading[V], cancellation: Cancellation) -> _Ready[V]:
        try:
            value = wish.make(lambda needed: self._claim(loading, needed, cancellation))
        except BaseException as e:
            self._end_load(wish.key, loading, Failure(e, wish.version, time.monotonic()))
            raise
        now = time.monotonic()
        with self._changed:
            ready = _Ready(value, loading.bytes, 1 + loading.waiting, now, wish.keep_alive_s)
            self._end_load(wish.key, loading, ready)
        return ready

    def _end_load(self, key: K, loading: _Loading[V], outcome: _Ready[V] | Failure) -> None:
        with self._changed:
            loading.outcome = outcome
            if isinstance(outcome, Failure) and not outcome.lasts:
                del self._entries[key]
            else:
                self._entries[key] = outcome
            if self._claimant is loading:
                self._claimant = None
                for entry in self._entries.values():
                    if isinstance(entry, _Ready) and entry.stay is Stay.LEAVES:
                        entry.stay = Stay.STAYS
            self._changed.notify_all()

    def _claim(self, loading: _Loading[V], needed: int, cancellation: Cancellation) -> None:
        if self._limit is None:
            return
        if needed > self._limit:
            raise NoRoom(needed, self._limit)
        until_s = time.monotonic() + ROOM_WAIT_S
        with cancellation.listening(self._wake):
            while (victim := self._make_room(loading, needed, cancellation, until_s)) is not None:
                self._close(victim)

    def _make_room(
        self, loading: _Loading[V], needed: int, cancellation: Cancellation, until_s: float
    ) -> _Ready[V] | None:
        """Wait until there is something to close; None: there is room, and it is taken.

        One load claims at a time: two that have half of what they need would wait for each other.
        """
        assert self._limit is not None
        with self._changed:
            while True:
                self._check_open()
                cancellation.check()
                if self._claimant in (None, loading):
                    self._claimant = loading
                    if self._held(loading) + needed <= self._limit:
                        loading.bytes = needed
                        return None
                    if (victim := self._victim()) is not None:
                        return victim
                if not self._changed.wait(until_s - time.monotonic()) and time.monotonic() >= until_s:
                    raise Busy("the models that are loaded are busy, and there is no room for another")

    def _held(self, loading: _Loading[V]) -> int:
        return sum(
            entry.bytes
            for entry in self._entries.values()
            if isinstance(entry, _Ready | _Loading) and entry is not loading
        )

    def _victim(self) -> _Ready[V] | None:
        """Who goes: of the idle the one not used for longest; if there is none, the next to be idle."""
        there = [e for e in self._entries.values() if isinstance(e, _Ready) and e.stay is not Stay.CLOSES]
        if not there or len(there) < sum(isinstance(e, _Ready) for e in self._entries.values()):
            return None  # one is being closed already: see what room that makes
        victim = min(there, key=lambda ready: (ready.users > 0, ready.stay is Stay.STAYS, ready.used_s))
        victim.stay = Stay.LEAVES if victim.users else Stay.CLOSES
        return None if victim.users else victim

    def _leave(self, ready: _Ready[V], keep_alive_s: float | None) -> None:
        with self._changed:
            ready.users -= 1
            ready.used_s = time.monotonic()
            ready.keep_alive_s = keep_alive_s
            if not ready.users:
                self._changed.notify_all()
                if ready.expires_s < self._sweeps_at_s:
                    self._call_sweeper()

    def _close(self, ready: _Ready[V]) -> None:
        """Whoever has set it to CLOSES calls this, with no lock held."""
        try:
            ready.value.close()
        finally:
            with self._changed:
                key = next(key for key, entry in self._entries.items() if entry is ready)
                del self._entries[key]
                self._changed.notify_all()

    def _call_sweeper(self) -> None:
        if self._sweeper is None and not self._closed:
            self._sweeper = threading.Thread(target=self._sweep, name="model-sweeper", daemon=True)
            self._sweeper.start()
        self._aged.notify_all()

    def _sweep(self) -> None:
        while (expired := self._wait_for_age()) is not None:
            self._close(expired)

    def _wait_for_age(self) -> _Ready[V] | None:
        """Until something has not been used for too long; None: it is time to end."""
        with self._aged:
            while not self._closed:
                there = [entry for entry in self._entries.values() if isinstance(entry, _Ready)]
                oldest = min(there, key=lambda ready: ready.expires_s, default=None)
                self._sweeps_at_s = math.inf if oldest is None else oldest.expires_s
                left_s = self._sweeps_at_s - time.monotonic()
                if oldest is not None and left_s <= 0:
                    oldest.stay = Stay.CLOSES
                    return oldest
                self._aged.wait(None if math.isinf(left_s) else min(left_s, threading.TIMEOUT_MAX))
        return None

    def _check_open(self) -> None:
        if self._closed:
            raise InferenceFailed("the host is shutting down")

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
