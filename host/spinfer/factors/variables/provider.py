"""What it takes to provide values: the contract of every provider."""

from __future__ import annotations

from typing import Protocol

from spinfer.inference.cancellation import Cancellation


class ProviderFailed(Exception):
    """It cannot tell whether there is a value. The text is a guest's to read: it holds no secret.

    `place` is the operator's: where the provider is.
    """

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(what)
        self.place = place


class Provider(Protocol):
    """One place. Any thread may ask, many at once."""

    def get(self, name: str, cancellation: Cancellation) -> str | None:
        """The variable's value now; None: it has none here, ask the next.

        Raises ProviderFailed, or Cancelled once `cancellation` is.
        """
        ...
