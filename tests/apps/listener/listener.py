"""Puts each message that it is told of into the list `heard` of the server at $REDIS."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment, redis_types
from wit_world.imports import fermyon_spin_redis_2_0_0 as redis


class InboundRedis(exports.InboundRedis):
    def handle_message(self, message: bytes) -> None:
        if message == b"refuse":
            raise Err(redis_types.Error.ERROR)
        if message == b"break":
            raise RuntimeError("broken on purpose")
        with redis.Connection.open(dict(environment.get_environment())["REDIS"]) as server:
            server.execute(
                "RPUSH", [redis.RedisParameter_Binary(b"heard"), redis.RedisParameter_Binary(message)]
            )
