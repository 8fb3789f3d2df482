"""The HTTP trigger: a server before, guest threads behind."""

from __future__ import annotations

import logging

from spinfer.triggers.http.guest_threads import GuestThreads
from spinfer.triggers.http.server import Server

GUESTS_END_S = 2.0
"""How long cancelled guests may take to notice; a thread that does not is left behind."""

log = logging.getLogger(__name__)


class HttpTrigger:
    """Serves until it is cancelled: once for a graceful end, twice for one at once."""

    def __init__(self, server: Server, threads: GuestThreads) -> None:
        self._server = server
        self._threads = threads
        self._cancelling = False

    def start(self) -> None:
        self._server.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether server and guests have ended. Raises what ended the server, if nobody asked it to end."""
        if not self._server.wait(timeout_s):
            return False
        if not self._threads.close(GUESTS_END_S):
            log.warning("%d guests do not end; they are left behind", self._threads.busy)
        return True

    def cancel(self) -> None:
        self._server.stop(at_once=self._cancelling)
        self._cancelling = True

    def exit_code(self) -> int:
        return 0
