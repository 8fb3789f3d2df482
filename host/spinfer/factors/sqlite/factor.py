"""SQLite as a factor: what is linked, what was granted, and what each instance is handed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.labels import GrantedLabels
from spinfer.factors.sqlite import calls, interface
from spinfer.factors.sqlite.state import CONNECTION, Databases, SqliteState

TIMEOUT_S: Final = 30.0
"""How long one statement may take, waiting for others that write included."""

_SPIN_2: Final = (
    Function("[static]connection.open", interface.OPEN, calls.open_),
    Function("[method]connection.execute", interface.EXECUTE, calls.execute),
)
_SPIN_3: Final = (
    *_SPIN_2,
    Function("[method]connection.last-insert-rowid", interface.LAST_INSERT_ROWID, calls.last_insert_rowid),
    Function("[method]connection.changes", interface.CHANGES, calls.changes),
)
_UNVERSIONED: Final = (
    Function("open", interface.OLD_OPEN, calls.open_unversioned),
    Function("execute", interface.OLD_EXECUTE, calls.execute_unversioned),
    Function("close", interface.OLD_CLOSE, calls.close_unversioned),
)


class SqliteFactor:
    """The databases of one app. A component that `access` does not name may open none."""

    name = "sqlite"

    def __init__(
        self,
        databases: Databases,
        access: Mapping[str, Collection[str]],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`access`: the labels that each component may open, its `sqlite_databases`."""
        self._databases = databases
        self._labels = GrantedLabels(databases, access, "sqlite_database")
        self._timeout_s = timeout_s

    def interfaces(self) -> Sequence[Interface]:
        return (
            Interface(interface.SPIN_2, ("2.0.0",), self.name, _SPIN_2, (CONNECTION,)),
            Interface(interface.SPIN_2, (None,), self.name, _UNVERSIONED),
            Interface(interface.SPIN_3, ("3.0.0",), self.name, _SPIN_3, (CONNECTION,)),
        )

    def configure(self, components: Collection[str]) -> None:
        """Open what was granted. Raises ManifestError for labels that nobody defined, and as opening does."""
        self._labels.check(components)

    def prepare(self, guest: Guest) -> AbstractContextManager[SqliteState]:
        return self._state(guest)

    @contextmanager
    def _state(self, guest: Guest) -> Iterator[SqliteState]:
        labels = self._labels.of(guest.component)
        state = SqliteState(labels, self._databases, guest.cancellation, self._timeout_s)
        try:
            yield state
        finally:
            state.close()
