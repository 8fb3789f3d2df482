"""Listens to the channels of one Redis server, and comes back to it for as long as nobody asks it to end."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Mapping, Set
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from spinfer.factors.outbound_redis.address import RedisAddress

CONNECT_S: Final = 5.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 10.0
PATIENCE_S: Final = 1.0
"""How long others may wait for a message to be passed on."""
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
        self._told = _by_channel(tell)
        self._telling = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"spinfer-redis-{address}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, tell: Mapping[str, Callable[[bytes], None]]) -> None:
        """From now on these, on other channels too. Any thread.

        Whoever was told before is told nothing more when this returns, but by one who waits for longer than a
        moment, as there is no room for the message.
        """
        waited = self._telling.acquire(timeout=PATIENCE_S)
        self._told = _by_channel(tell)
        if waited:
            self._telling.release()

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
                        channels = self._heard(listener, set())
                        pause_s = FIRST_PAUSE_S
                        self._listen(listener, channels)
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

    def _heard(self, listener: Any, channels: Set[bytes]) -> Set[bytes]:  # noqa: ANN401
        """Those that are listened to instead of `channels`, once the server has confirmed it."""
        wanted = self._told.keys()
        missing, over = wanted - channels, channels - wanted
        if missing:
            listener.subscribe(*missing)
        if over:
            listener.unsubscribe(*over)
        while missing and not self._ending.is_set():
            message = listener.get_message(timeout=_LOOK_S)
            if message is not None and message["type"] == "subscribe":
                missing.discard(message["channel"])
            elif message is not None:
                self._pass_on(message)
        log.info("listening to %d channels of %s", len(wanted), self._address)
        return wanted

    def _listen(self, listener: Any, channels: Set[bytes]) -> None:  # noqa: ANN401
        while not self._ending.is_set():
            if self._told.keys() != channels:
                channels = self._heard(listener, channels)
            message = listener.get_message(timeout=_LOOK_S)
            if message is not None:
                self._pass_on(message)

    def _pass_on(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "message":
            with self._telling:
                tell = self._told.get(message["channel"])
                if tell is not None:
                    tell(message["data"])


def _by_channel(tell: Mapping[str, Callable[[bytes], None]]) -> Mapping[bytes, Callable[[bytes], None]]:
    """As the server names them."""
    return {name.encode(): told for name, told in tell.items()}
