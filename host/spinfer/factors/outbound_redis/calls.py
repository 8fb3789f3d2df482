"""The calls of `fermyon:spin/redis@2.0.0`, on the guest's thread: what goes wrong is a value, `Err`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.outbound_networking.held import behind
from spinfer.factors.outbound_redis import commands
from spinfer.factors.outbound_redis.address import InvalidAddress
from spinfer.factors.outbound_redis.failures import RedisFailed, TooManyConnections, WrongType
from spinfer.factors.outbound_redis.state import CONNECTION, RedisState

T = TypeVar("T")
Answer = Ok[T] | Err[Case]


def open_(state: RedisState, address: str) -> Answer[int]:
    return _answer(lambda: state.held.handle(CONNECTION, state.open(address)))


def publish(_state: RedisState, self: int, channel: str, payload: bytes) -> Answer[None]:
    return _answer(lambda: commands.publish(behind(self), channel, payload))


def get(_state: RedisState, self: int, key: str) -> Answer[Some[bytes] | None]:
    def optional() -> Some[bytes] | None:
        value = commands.get(behind(self), key)
        return None if value is None else Some(value)

    return _answer(optional)


def set_(_state: RedisState, self: int, key: str, value: bytes) -> Answer[None]:
    return _answer(lambda: commands.set_(behind(self), key, value))


def incr(_state: RedisState, self: int, key: str) -> Answer[int]:
    return _answer(lambda: commands.incr(behind(self), key))


def del_(_state: RedisState, self: int, keys: Sequence[str]) -> Answer[int]:
    return _answer(lambda: commands.del_(behind(self), keys))


def sadd(_state: RedisState, self: int, key: str, values: Sequence[str]) -> Answer[int]:
    return _answer(lambda: commands.sadd(behind(self), key, values))


def smembers(_state: RedisState, self: int, key: str) -> Answer[list[str]]:
    return _answer(lambda: commands.smembers(behind(self), key))


def srem(_state: RedisState, self: int, key: str, values: Sequence[str]) -> Answer[int]:
    return _answer(lambda: commands.srem(behind(self), key, values))


def execute(_state: RedisState, self: int, command: str, arguments: Sequence[Case]) -> Answer[list[Case]]:
    return _answer(lambda: commands.execute(behind(self), command, arguments))


def _answer(call: Callable[[], T]) -> Answer[T]:
    try:
        return Ok(call())
    except InvalidAddress:
        return Err(Case("invalid-address"))
    except TooManyConnections:
        return Err(Case("too-many-connections"))
    except WrongType:
        return Err(Case("type-error"))
    except RedisFailed as e:
        return Err(Case("other", str(e)))
