"""The commands of the Redis interfaces: what each sends, and what it makes of the reply. Guest thread.

All raise as `Connection.ask` does; a reply that has another type than the command's is WrongType.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from spinfer.bindings.values import Case
from spinfer.factors.outbound_redis.failures import RedisFailed, WrongType

if TYPE_CHECKING:
    from spinfer.factors.outbound_redis.connection import Connection
    from spinfer.factors.outbound_redis.replies import Reply


def publish(connection: Connection, channel: str, payload: bytes) -> None:
    connection.ask("PUBLISH", channel, payload)


def get(connection: Connection, key: str) -> bytes | None:
    match connection.ask("GET", key):
        case None | bytes() as value:
            return value
    raise WrongType("the value is no text")


def set_(connection: Connection, key: str, value: bytes) -> None:
    connection.ask("SET", key, value)


def incr(connection: Connection, key: str) -> int:
    return _number(connection.ask("INCR", key))


def del_(connection: Connection, keys: Sequence[str]) -> int:
    return _number(connection.ask("DEL", *keys))


def sadd(connection: Connection, key: str, values: Sequence[str]) -> int:
    return _number(connection.ask("SADD", key, *values))


def smembers(connection: Connection, key: str) -> list[str]:
    match connection.ask("SMEMBERS", key):
        case list(members):
            return [_text(member) for member in members]
    raise WrongType("the value is no set")


def srem(connection: Connection, key: str, values: Sequence[str]) -> int:
    return _number(connection.ask("SREM", key, *values))


def execute(connection: Connection, command: str, arguments: Sequence[Case]) -> list[Case]:
    """Any command; lists in the reply are unfolded, however deep."""
    values = [cast("int | bytes", argument.value) for argument in arguments]
    return list(_unfolded(connection.ask(command, *values)))


def _unfolded(reply: Reply) -> Iterator[Case]:
    match reply:
        case None:
            yield Case("nil")
        case int():
            yield Case("int64", reply)
        case bytes():
            yield Case("binary", reply)
        case str():
            yield Case("status", str(reply))
        case list():
            for part in reply:
                yield from _unfolded(part)
        case error:
            raise RedisFailed(str(error))


def _number(reply: Reply) -> int:
    if not isinstance(reply, int):
        raise WrongType("the reply is no number")
    return reply


def _text(reply: Reply) -> str:
    if isinstance(reply, bytes):
        try:
            return reply.decode()
        except UnicodeDecodeError as e:
            raise WrongType("a member of the set is not UTF-8") from e
    raise WrongType("a member of the set is no text")
