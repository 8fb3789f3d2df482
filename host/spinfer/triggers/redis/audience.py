"""Whom an app has that is told of messages: for each channel of each server, components with threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from spinfer.factors.outbound_redis.address import RedisAddress
from spinfer.inference.cancellation import Cancellation
from spinfer.triggers.redis.target import Server
from spinfer.triggers.redis.worker import Worker

Handle = Callable[[str, str, bytes, Cancellation], None]
"""Component, channel, message; does not raise."""
Tell = Callable[[bytes], None]


class Audience:
    """That of one app. It is told once it has started, and ends once nobody tells it anything more."""

    def __init__(self, handle: Handle, servers: Iterable[Server]) -> None:
        self._handle = handle
        self._workers: list[Worker] = []
        self.tell: Mapping[RedisAddress, Mapping[str, Tell]] = {
            server.address: {
                name: self._told(name, components) for name, components in server.channels.items()
            }
            for server in servers
        }
        """By server and channel, whom to give each message; it may wait."""

    def start(self) -> None:
        for worker in self._workers:
            worker.start()

    def end(self) -> None:
        """Once all that it was told is handled."""
        for worker in self._workers:
            worker.end()

    def cancel(self) -> None:
        """At once: guests are interrupted."""
        for worker in self._workers:
            worker.cancel()

    def join(self, timeout_s: float | None = None) -> bool:
        """Whether it has ended."""
        end = None if timeout_s is None else time.monotonic() + timeout_s
        return all(
            worker.join(None if end is None else max(0.0, end - time.monotonic())) for worker in self._workers
        )

    def _told(self, channel: str, components: Iterable[str]) -> Tell:
        """Every component of a channel has a thread there, so that none waits for another."""
        workers = [
            Worker(f"spinfer-guest-{component}-{channel}", partial(self._handle, component, channel))
            for component in components
        ]
        self._workers += workers

        def tell(message: bytes) -> None:
            for worker in workers:
                worker.put(message)

        return tell
