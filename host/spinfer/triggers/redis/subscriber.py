"""Listens to the channels of one Redis server, and comes back to it for as long as nobody asks it to end."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from spinfer.factors.outbound_redis.address import RedisAddress

CONNECT_S: Final = 5.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0
_LOOK_S: Final = 0.2
"""How often it looks whether it should end."""
_KEEPALIVE: Final = {socket.TCP_KEEPIDLE: 30, socket.TCP_KEEPINTVL: 10, socket.TCP_KEEPCNT: 3}
"""So that a server that is gone without a word is noticed within a minute."""

log = logging.getLogger(__name__)


class Subscriber:
    """A thread of its own. Messages sent while there is no connection are nobody's: Redis keeps none."""

    def __init__(self, address: RedisAddress, tell: Mapping[str, Callable[[bytes], None]]) -> None:
        """`tell`: by channel, whom to give each message; it may wait."""
        self._address = address
        self._tell = {name.encode(): told for name, told in tell.items()}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"spinfer-redis-{address}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Returns at once. Any thread."""
        self._ending.set()

    def join(self, timeout_s: float | None) -> bool:
        """Whether it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._ending.is_set():
            try:
                client = self._client()
                try:
                    with client.pubsub() as listener:
                        listener.subscribe(*self._tell)
                        self._expect(listener)
                        pause_s = FIRST_PAUSE_S
                        self._listen(listener)
                finally:
                    client.close()
            except (redis.RedisError, OSError) as e:
                log.warning("%s: %s; trying again in %g s", self._address, e, pause_s)
                self._ending.wait(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _client(self) -> Any:  # noqa: ANN401 - the untyped view of a client whose answers could be awaited
        at = self._address
        return cast(
            Any,
            redis.Redis(
                host=at.host,
                port=at.port,
                username=at.username,
                password=at.password,
                ssl=at.tls,
                socket_connect_timeout=CONNECT_S,
                socket_keepalive=True,
                socket_keepalive_options=_KEEPALIVE,
                retry=Retry(NoBackoff(), 0),
            ),
        )

    def _expect(self, listener: Any) -> None:  # noqa: ANN401
        """Wait until the server has confirmed every channel."""
        missing = set(self._tell)
        while missing and not self._ending.is_set():
            message = listener.get_message(timeout=_LOOK_S)
            if message is not None and message["type"] == "subscribe":
                missing.discard(message["channel"])
            elif message is not None:
                self._pass_on(message)
        log.info("listening to %d channels of %s", len(self._tell), self._address)

    def _listen(self, listener: Any) -> None:  # noqa: ANN401
        while not self._ending.is_set():
            message = listener.get_message(timeout=_LOOK_S)
            if message is not None:
                self._pass_on(message)

    def _pass_on(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "message":
            self._tell[message["channel"]](message["data"])
