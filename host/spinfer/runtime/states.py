"""What the factors keep for one guest instance: each state is made when the guest first calls its factor."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from spinfer.factors.base import Factor, Guest


class States(dict[str, object]):
    """By the factor's name. Belongs to the instance's thread.

    SDKs import whole worlds of which a guest uses little; what it does not use is neither made nor closed.
    """

    __slots__ = ("_closing", "_factors", "_guest")

    def __init__(self, factors: Mapping[str, Factor], guest: Guest) -> None:
        super().__init__()
        self._factors = factors
        self._guest = guest
        self._closing = ExitStack()

    def __missing__(self, name: str) -> object:
        state = self[name] = self._closing.enter_context(self._factors[name].prepare(self._guest))
        return state

    def close(self) -> None:
        """Close what was made, newest first. Closing twice is no mistake."""
        self._closing.close()
