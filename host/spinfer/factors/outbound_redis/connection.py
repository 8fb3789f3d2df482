"""A guest's connection to a Redis server: one command, one reply, within its time. Guest thread."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from spinfer.factors.outbound_networking.connection import is_silent
from spinfer.factors.outbound_networking.gate import Gate, Prohibited
from spinfer.factors.outbound_redis import plain
from spinfer.factors.outbound_redis.address import RedisAddress
from spinfer.factors.outbound_redis.failures import RedisFailed, WrongType
from spinfer.factors.outbound_redis.replies import Replies, Reply, TooLarge
from spinfer.inference.cancellation import Cancellation

CONNECT_S: Final = 5.0
"""How long to wait for each of a server's addresses."""
ANSWER_S: Final = 30.0
"""How long to wait for a reply."""

_WRONG_TYPE = ("WRONGTYPE", "ERR value is not an integer", "ERR increment or decrement would overflow")

Argument = str | bytes | int


class Connection:
    """Connects when it is made, and again where the server has closed it. Close it."""

    def __init__(self, address: RedisAddress, gate: Gate, cancellation: Cancellation) -> None:
        """Raises RedisFailed, or Cancelled when the guest's caller leaves."""
        self._cancellation = cancellation
        self._is_as_new = True
        """No command but plain ones was sent."""
        settings: dict[str, Any] = {
            "host": address.host,
            "port": address.port,
            "username": address.username,
            "password": address.password,
            "db": address.database,
            "protocol": 2,
            "parser_class": Replies,
            "socket_connect_timeout": CONNECT_S,
            "socket_timeout": ANSWER_S,
            "retry": Retry(NoBackoff(), 0),  # a second attempt could count twice
            **({"ssl_check_hostname": True} if address.tls else {}),
        }
        # the untyped view of classes that declare neither what they take nor what they return
        made = cast(Any, _TlsSocket if address.tls else _Socket)
        self._connection = made(**settings)
        self._connection.gate = gate
        self._asking(self._connection.connect)

    def ask(self, command: str, *arguments: Argument) -> Reply:
        """The reply; an error that is a part of it is a value there.

        Raises RedisFailed, WrongType where a value is of another type than the command is for, or Cancelled.
        """
        if not command.strip():
            raise RedisFailed("the command is empty")
        self._is_as_new = self._is_as_new and plain.is_plain(command)

        def exchange() -> Reply:
            self._connection.send_command(command, *arguments)
            return cast(Reply, self._connection.read_response())

        return self._asking(exchange)

    def reset(self) -> bool:
        """Nothing is to be undone after plain commands; after any other, what is left cannot be known."""
        return self._is_as_new and self._connection._sock is not None

    def resume(self, cancellation: Cancellation) -> bool:
        """A server says nothing that it was not asked, unless it closes the connection."""
        self._cancellation = cancellation
        return is_silent(self._connection._sock.fileno())

    def close(self) -> None:
        self._connection.disconnect()

    def _asking(self, exchange: Callable[[], Reply]) -> Reply:
        self._cancellation.check()
        try:
            with self._cancellation.listening(self._hang_up):
                return exchange()
        except redis.RedisError as e:
            self._cancellation.check()
            raise _failure(e) from e

    def _hang_up(self) -> None:
        """Whoever waits for this server wakes up. Any thread."""
        waiting = self._connection._sock
        if waiting is not None:
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RDWR)


class _Socket(redis.Connection):
    """redis-py's connection, to none but the addresses that `gate` lets through."""

    gate: Gate

    def _connect(self) -> socket.socket:
        failure: OSError | None = None
        for address in self.gate.addresses(self.host, self.port):
            try:
                connected = socket.create_connection((address, self.port), self.socket_connect_timeout)
            except OSError as e:
                failure = e
                continue
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected.settimeout(self.socket_timeout)
            return connected
        raise failure or OSError("the name stands for no address")


class _TlsSocket(redis.SSLConnection, _Socket):
    """The same over TLS, which `SSLConnection` puts around the socket."""


def _failure(error: redis.RedisError) -> RedisFailed | WrongType:
    match error:
        case TooLarge():
            return RedisFailed(str(error))
        case redis.ResponseError() if str(error).startswith(_WRONG_TYPE):
            return WrongType(str(error))
        case redis.TimeoutError():
            return RedisFailed(f"the Redis server did not answer within {ANSWER_S:g} s")
        case redis.ConnectionError() if _is_prohibited(error):
            return RedisFailed("the Redis server is in a network that the host blocks")
    return RedisFailed(str(error))


def _is_prohibited(error: BaseException) -> bool:
    return isinstance(error.__cause__ or error.__context__, Prohibited)
