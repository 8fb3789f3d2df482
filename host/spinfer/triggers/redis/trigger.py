"""The Redis trigger: subscribers before, guests behind."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from spinfer.factors.outbound_redis.address import RedisAddress
from spinfer.triggers.redis.audience import Audience

if TYPE_CHECKING:
    from spinfer.triggers.redis.subscriber import Subscriber

GRACE_S: Final = 5.0
"""How long messages that have come may take to be handled once it is asked to end."""
GUESTS_END_S: Final = 2.0
"""How long cancelled guests may take to notice; a thread that does not is left behind."""

log = logging.getLogger(__name__)


class RedisTrigger:
    """Listens until it is cancelled: once for a graceful end, twice for one at once."""

    def __init__(self, audience: Audience) -> None:
        self._audiences = [audience]
        """The last of them is told; those before handle what they were told."""
        self._subscribers: dict[RedisAddress, Subscriber] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spinfer-redis", daemon=True)

    def start(self) -> None:
        self._audiences[-1].start()
        self._subscribe(self._audiences[-1])
        self._thread.start()

    def turn(self, following: Audience) -> None:
        """Tell this one from now on. The one before ends once it has handled what it was told: join it.

        No message is lost or told twice where a server's channels are those of before.
        """
        following.start()
        with self._lock:
            if self._ending.is_set():
                following.end()
                return
            before = self._audiences[-1]
            self._audiences = [*(it for it in self._audiences if not it.join(0)), following]
            self._subscribe(following)
            before.end()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether all has ended, or is left behind."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def cancel(self) -> None:
        for subscriber in tuple(self._subscribers.values()):
            subscriber.end()
        if self._ending.is_set():
            for audience in self._audiences:
                audience.cancel()
        self._ending.set()

    def exit_code(self) -> int:
        return 0

    def _subscribe(self, audience: Audience) -> None:
        """Let each server's messages go there, and listen to no other."""
        if audience.tell:
            from spinfer.triggers.redis.subscriber import Subscriber  # noqa: PLC0415 - slow to import, rarely needed

        for address in self._subscribers.keys() - audience.tell.keys():
            self._subscribers.pop(address).end()
        for address, tell in audience.tell.items():
            if address in self._subscribers:
                self._subscribers[address].tell(tell)
            else:
                self._subscribers[address] = Subscriber(address, tell)
                self._subscribers[address].start()

    def _run(self) -> None:
        """Until it is cancelled and the subscribers have ended, then the guests."""
        self._ending.wait()
        with self._lock:
            for subscriber in self._subscribers.values():
                subscriber.end()
                subscriber.join(None)
            for audience in self._audiences:
                audience.end()
        if not self._joined(GRACE_S):
            for audience in self._audiences:
                audience.cancel()
            if not self._joined(GUESTS_END_S):
                log.warning("some guests do not end; they are left behind")

    def _joined(self, within_s: float) -> bool:
        end = time.monotonic() + within_s
        return all(audience.join(max(0.0, end - time.monotonic())) for audience in self._audiences)
