"""A key-value store in a Redis server: its keys as they are, as Spin keeps them there.

Labels with the same address share everything; databases of one server (`redis://host/1`) are apart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from spinfer.errors import ConfigError
from spinfer.factors.key_value.store import StoreFailed

TIMEOUT_S: Final = 5.0
"""How long a call waits for the server."""

_SWAP = """\
local now = redis.call('GET', KEYS[1])
if (ARGV[1] == 'absent' and now == false) or (ARGV[1] == 'present' and now == ARGV[3]) then
  redis.call('SET', KEYS[1], ARGV[2])
  return 1
end
return 0
"""
"""What the server runs as one step."""

log = logging.getLogger(__name__)


class RedisStore:
    """One label's keys and values; a `Store`. Connections are made when needed and kept."""

    def __init__(self, label: str, url: str) -> None:
        """`url` may hold a password: it appears nowhere. Raises ConfigError."""
        self._label = label
        try:
            # the untyped view of a client whose every answer could be awaited
            self._client = cast(
                Any,
                redis.Redis.from_url(
                    url,
                    socket_timeout=TIMEOUT_S,
                    socket_connect_timeout=TIMEOUT_S,
                    retry=Retry(NoBackoff(), 0),  # a second attempt could count twice
                ),
            )
        except ValueError as e:
            raise ConfigError(
                "the address of its Redis server is malformed",
                where=f"key_value_store.{label}.url",
                cure='Write for example url = "redis://localhost:6379/0".',
            ) from e
        self._swap: Callable[..., Any] = self._client.register_script(_SWAP)
        self._told: set[type[redis.RedisError]] = set()

    def __repr__(self) -> str:
        return f"<RedisStore `{self._label}`>"

    def get(self, key: str) -> bytes | None:
        with self._asking():
            return cast("bytes | None", self._client.get(key))

    def set(self, key: str, value: bytes) -> None:
        with self._asking():
            self._client.set(key, value)

    def delete(self, key: str) -> None:
        with self._asking():
            self._client.delete(key)

    def exists(self, key: str) -> bool:
        with self._asking():
            return bool(self._client.exists(key))

    def keys(self) -> list[str]:
        """Without those that are not UTF-8: no guest could ask for one."""
        with self._asking():
            return sorted(_texts(set(self._client.scan_iter(count=1000))))

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        with self._asking():
            return cast("list[bytes | None]", self._client.mget(keys))

    def set_many(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        if pairs:
            with self._asking():
                self._client.mset(dict(pairs))

    def delete_many(self, keys: Sequence[str]) -> None:
        if keys:
            with self._asking():
                self._client.delete(*keys)

    def increment(self, key: str, delta: int) -> int:
        """A counter is decimal text here, as Redis counts."""
        with self._asking():
            return cast(int, self._client.incrby(key, delta))

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        known = ("absent", value, b"") if expected is None else ("present", value, expected)
        with self._asking():
            return bool(self._swap(keys=[key], args=known))

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Raises StoreFailed, and tells the operator once of each kind, however often a guest asks."""
        try:
            yield
        except redis.RedisError as e:
            if type(e) not in self._told:
                self._told.add(type(e))
                log.warning("the key-value store `%s` on Redis: %s", self._label, e)
            raise StoreFailed(_reason(e)) from e


def _reason(error: redis.RedisError) -> str:
    match error:
        case redis.TimeoutError():
            return f"the Redis server did not answer within {TIMEOUT_S:g} s"
        case redis.AuthenticationError():
            return "the Redis server did not let the host in"
        case redis.ConnectionError():
            return "the Redis server cannot be reached"
        case _:
            return str(error)


def _texts(keys: set[bytes]) -> Iterator[str]:
    for key in keys:
        try:
            yield key.decode()
        except UnicodeDecodeError:
            continue
