"""The Redis interfaces as a host declares them: names, versions and types, structure identical to Spin's."""

from __future__ import annotations

from typing import Final

REDIS: Final = "fermyon:spin/redis"

_ERROR = "variant{invalid-address, too-many-connections, type-error, other(string)}"
_PARAMETERS = "arguments: list<variant{int64(s64), binary(list<u8>)}>"
_REPLIES = "list<variant{nil, status(string), int64(s64), binary(list<u8>)}>"
_SELF = "self: borrow<connection>"

OPEN: Final = f"func(address: string) -> result<own<connection>, {_ERROR}>"
PUBLISH: Final = f"func({_SELF}, channel: string, payload: list<u8>) -> result<_, {_ERROR}>"
GET: Final = f"func({_SELF}, key: string) -> result<option<list<u8>>, {_ERROR}>"
SET: Final = f"func({_SELF}, key: string, value: list<u8>) -> result<_, {_ERROR}>"
INCR: Final = f"func({_SELF}, key: string) -> result<s64, {_ERROR}>"
DEL: Final = f"func({_SELF}, keys: list<string>) -> result<u32, {_ERROR}>"
SADD: Final = f"func({_SELF}, key: string, values: list<string>) -> result<u32, {_ERROR}>"
SMEMBERS: Final = f"func({_SELF}, key: string) -> result<list<string>, {_ERROR}>"
SREM: Final = SADD
EXECUTE: Final = f"func({_SELF}, command: string, {_PARAMETERS}) -> result<{_REPLIES}, {_ERROR}>"

_OLD_ERROR = "enum{success, error}"

OLD_PUBLISH: Final = f"func(address: string, channel: string, payload: list<u8>) -> result<_, {_OLD_ERROR}>"
OLD_GET: Final = f"func(address: string, key: string) -> result<list<u8>, {_OLD_ERROR}>"
OLD_SET: Final = f"func(address: string, key: string, value: list<u8>) -> result<_, {_OLD_ERROR}>"
OLD_INCR: Final = f"func(address: string, key: string) -> result<s64, {_OLD_ERROR}>"
OLD_DEL: Final = f"func(address: string, keys: list<string>) -> result<s64, {_OLD_ERROR}>"
OLD_SADD: Final = f"func(address: string, key: string, values: list<string>) -> result<s64, {_OLD_ERROR}>"
OLD_SMEMBERS: Final = f"func(address: string, key: string) -> result<list<string>, {_OLD_ERROR}>"
OLD_SREM: Final = OLD_SADD
OLD_EXECUTE: Final = (
    f"func(address: string, command: string, {_PARAMETERS}) -> result<{_REPLIES}, {_OLD_ERROR}>"
)
