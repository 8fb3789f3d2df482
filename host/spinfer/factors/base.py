"""What a capability is: interfaces to link, grants to check, and a state for each guest instance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from spinfer.bindings.imports import Interface
from spinfer.inference.cancellation import Cancellation


@dataclass(frozen=True, slots=True)
class Guest:
    """One guest instance, as far as a factor is told."""

    component: str
    """The component's id in the manifest."""
    cancellation: Cancellation
    """Cancelled when the caller goes away or the deadline passes: whatever waits for it unwinds."""


class Factor(Protocol):
    """A capability that guests import. One object per app; it is given its own part of the configuration."""

    @property
    def name(self) -> str:
        """A word of its own: the `factor` of its interfaces, and the key of its states."""
        ...

    def interfaces(self) -> Sequence[Interface]:
        """What to link, asked once. Its functions receive the state that `prepare` made."""
        ...

    def configure(self, components: Collection[str]) -> None:
        """Check, before the first guest, what this app's components were granted. Raises OperatorError."""
        ...

    def prepare(self, guest: Guest) -> AbstractContextManager[object]:
        """The state of one instance: made on entering, closed on leaving, both on the guest's thread.

        Entered when the guest first calls one of the functions; never, for one that calls none.
        """
        ...
