"""One server, several apps one after the other: each request is answered by the app that it began with."""

from __future__ import annotations

import threading
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from spinfer.triggers.http.app import App
from spinfer.triggers.http.in_flight import InFlight
from spinfer.triggers.http.reply import Receive, Send


@dataclass(frozen=True, slots=True)
class Serving:
    """An app, and what of it is at work."""

    app: App
    in_flight: InFlight


class Switch:
    """Stands where a server expects an app."""

    def __init__(self, first: Serving) -> None:
        self._current = first
        self._lock = threading.Lock()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI: one HTTP request, on the event loop."""
        with self._lock:  # so that whoever turns the switch sees the request, or the request what is new
            serving = self._current
            serving.in_flight.__enter__()
        try:
            await serving.app(scope, receive, send)
        finally:
            serving.in_flight.__exit__(None, None, None)

    def turn(self, following: Serving) -> Serving:
        """From now on this one answers; gives back the one before, which may be at work yet. Any thread."""
        with self._lock:
            before, self._current = self._current, following
        return before
