"""How much of an app is at work: requests that are being answered, guests that have not ended."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import TracebackType

from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest


class InFlight:
    """Counts what is in its `with` blocks. Any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def watched(self, guest: Guest) -> Guest:
        """The same guest, each of whose answers counts."""

        def answer(exchange: Exchange) -> None:
            with self:
                guest.answer(exchange)

        return replace(guest, answer=answer)

    def over(self, timeout_s: float | None = None) -> bool:
        """Whether nothing is at work, at some moment within `timeout_s`; None: wait for it."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._count, timeout_s)

    def __enter__(self) -> InFlight:
        with self._changed:
            self._count += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()
