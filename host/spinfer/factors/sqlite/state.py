"""What the calls of one guest instance know: which databases it may open, and the connections it holds."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

from spinfer.bindings.resources import Resource
from spinfer.errors import SpinferError
from spinfer.factors.labels import Defined
from spinfer.factors.sqlite.database import Database
from spinfer.factors.sqlite.session import Session, SqliteFailed
from spinfer.inference.cancellation import Cancellation

MAX_OPEN: Final = 256
"""Connections that one instance may hold, as in Spin."""


class AccessDenied(SpinferError):
    """The component was not granted this label, whether it exists or not."""


class NoSuchDatabase(SpinferError):
    """The component was granted this label, and nobody defined it."""


class Databases(Defined, Protocol):
    """The databases that somebody defined."""

    def get(self, label: str) -> Database | None: ...


@dataclass(slots=True)
class SqliteState:
    """Guest thread."""

    labels: frozenset[str]
    databases: Databases
    cancellation: Cancellation
    timeout_s: float
    held: set[Session] = field(default_factory=set)
    numbered: dict[int, Session] = field(default_factory=dict)
    """The connections of the unversioned interface, where a handle is a plain number."""
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def open(self, label: str) -> Session:
        """A new connection. Raises AccessDenied, NoSuchDatabase or SqliteFailed."""
        if label not in self.labels:
            raise AccessDenied(label)
        database = self.databases.get(label)
        if database is None:
            raise NoSuchDatabase(label)
        if len(self.held) >= MAX_OPEN:
            raise SqliteFailed(f"too many connections are open: an instance may hold {MAX_OPEN}")
        session = Session(database, self.cancellation, self.timeout_s)
        self.held.add(session)
        return session

    def let_go(self, session: Session) -> None:
        self.held.discard(session)
        session.close()

    def close(self) -> None:
        """Let go of whatever the instance still holds."""
        for session in tuple(self.held):
            self.let_go(session)


@dataclass(frozen=True, slots=True)
class Held:
    """The host's object behind a `connection` handle."""

    session: Session
    state: SqliteState


def _drop(value: object) -> None:
    held = cast(Held, value)
    held.state.let_go(held.session)


CONNECTION: Final = Resource("connection", _drop)
