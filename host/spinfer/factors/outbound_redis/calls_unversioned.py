"""The calls of `fermyon:spin/redis` without a version: an address for each call, and one error for all."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from spinfer.bindings.values import Err, Ok
from spinfer.errors import SpinferError
from spinfer.factors.outbound_redis import commands
from spinfer.factors.outbound_redis.address import InvalidAddress
from spinfer.factors.outbound_redis.failures import RedisFailed, TooManyConnections, WrongType
from spinfer.factors.outbound_redis.state import RedisState

if TYPE_CHECKING:
    from spinfer.factors.outbound_redis.connection import Connection

T = TypeVar("T")
P = ParamSpec("P")
Answer = Ok[T] | Err[str]
Call = Callable[Concatenate[RedisState, str, P], Answer[T]]

log = logging.getLogger(__name__)


def _by_address(command: Callable[Concatenate[Connection, P], T]) -> Call[P, T]:
    """The command on a connection of its own; the guest learns only that it failed, the debug log why."""

    def call(state: RedisState, address: str, /, *arguments: P.args, **named: P.kwargs) -> Answer[T]:
        try:
            with state.held.lent(state.open(address)) as connection:
                return Ok(command(connection, *arguments, **named))
        except (InvalidAddress, TooManyConnections, WrongType, RedisFailed) as e:
            log.debug("component `%s`: Redis: %s", state.guest.component, _reason(e))
            return Err("error")

    return call


def _reason(error: SpinferError) -> str:
    return str(error) or type(error).__name__


def _get(connection: Connection, key: str) -> bytes:
    """A missing key is an empty value."""
    return commands.get(connection, key) or b""


publish = _by_address(commands.publish)
get = _by_address(_get)
set_ = _by_address(commands.set_)
incr = _by_address(commands.incr)
del_ = _by_address(commands.del_)
sadd = _by_address(commands.sadd)
smembers = _by_address(commands.smembers)
srem = _by_address(commands.srem)
execute = _by_address(commands.execute)
