"""The Redis trigger: subscribers before, guests behind."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from spinfer.runtime.executor import Executor
from spinfer.triggers.redis.handler import handle
from spinfer.triggers.redis.subscriber import Subscriber
from spinfer.triggers.redis.target import Server
from spinfer.triggers.redis.worker import Worker

GRACE_S: Final = 5.0
"""How long messages that have come may take to be handled once it is asked to end."""
GUESTS_END_S: Final = 2.0
"""How long cancelled guests may take to notice; a thread that does not is left behind."""

log = logging.getLogger(__name__)


class RedisTrigger:
    """Listens until it is cancelled: once for a graceful end, twice for one at once."""

    def __init__(self, executor: Executor, servers: Iterable[Server]) -> None:
        """`executor` has loaded every component that the servers name."""
        self._executor = executor
        self._workers: list[Worker] = []
        self._subscribers = [
            Subscriber(
                server.address, {name: self._tell(name, told) for name, told in server.channels.items()}
            )
            for server in servers
        ]
        self._cancelling = False
        self._thread = threading.Thread(target=self._run, name="spinfer-redis", daemon=True)

    def start(self) -> None:
        for worker in self._workers:
            worker.start()
        for subscriber in self._subscribers:
            subscriber.start()
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether all has ended, or is left behind."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def cancel(self) -> None:
        for subscriber in self._subscribers:
            subscriber.end()
        if self._cancelling:
            for worker in self._workers:
                worker.cancel()
        self._cancelling = True

    def exit_code(self) -> int:
        return 0

    def _tell(self, channel: str, components: Iterable[str]) -> Callable[[bytes], None]:
        """Every component of a channel has a thread there, so that none waits for another."""
        workers = [
            Worker(
                f"spinfer-guest-{component}-{channel}",
                partial(handle, self._executor, component, channel),
            )
            for component in components
        ]
        self._workers += workers

        def tell(message: bytes) -> None:
            for worker in workers:
                worker.put(message)

        return tell

    def _run(self) -> None:
        """Until the subscribers have ended, then the guests."""
        for subscriber in self._subscribers:
            subscriber.join(None)
        for worker in self._workers:
            worker.end()
        if not self._joined(GRACE_S):
            for worker in self._workers:
                worker.cancel()
            if not self._joined(GUESTS_END_S):
                log.warning("some guests do not end; they are left behind")

    def _joined(self, within_s: float) -> bool:
        end = time.monotonic() + within_s
        return all(worker.join(max(0.0, end - time.monotonic())) for worker in self._workers)
