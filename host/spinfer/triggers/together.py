"""Several triggers of one app, as one: they begin and end together."""

from __future__ import annotations

import time
from collections.abc import Sequence

from spinfer.triggers.base import Trigger


class Together:
    """Ends when all of them have ended."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        self._triggers = tuple(triggers)

    def start(self) -> None:
        for trigger in self._triggers:
            trigger.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        end = None if timeout_s is None else time.monotonic() + timeout_s
        return all(
            trigger.wait(None if end is None else max(0.0, end - time.monotonic()))
            for trigger in self._triggers
        )

    def cancel(self) -> None:
        for trigger in self._triggers:
            trigger.cancel()

    def exit_code(self) -> int:
        return max((trigger.exit_code() for trigger in self._triggers), default=0)
