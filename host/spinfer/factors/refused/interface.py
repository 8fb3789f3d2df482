"""The interfaces that are refused: names, versions and types, structure identical to Spin's."""

from __future__ import annotations

from typing import Final

MYSQL: Final = "fermyon:spin/mysql"
MQTT: Final = "fermyon:spin/mqtt"

_TEXTS = "bad-parameter(string), query-failed(string), value-conversion-failed(string)"
_ERROR = f"variant{{connection-failed(string), {_TEXTS}, other(string)}}"
_OLD_ERROR = f"variant{{success, connection-failed(string), {_TEXTS}, other-error(string)}}"
_KINDS = (
    "boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64, floating32, floating64, str, binary"
)
_CASES = (
    "boolean(bool), int8(s8), int16(s16), int32(s32), int64(s64), uint8(u8), uint16(u16), uint32(u32), "
    "uint64(u64), floating32(f32), floating64(f64), str(string), binary(list<u8>), db-null"
)
_STATEMENT = f"statement: string, params: list<variant{{{_CASES}}}>"
_ROWS = (
    f"record{{columns: list<record{{name: string, data-type: enum{{{_KINDS}, other}}}}>, "
    f"rows: list<list<variant{{{_CASES}, unsupported}}>>}}"
)

MYSQL_OPEN: Final = f"func(address: string) -> result<own<connection>, {_ERROR}>"
MYSQL_QUERY: Final = f"func(self: borrow<connection>, {_STATEMENT}) -> result<{_ROWS}, {_ERROR}>"
MYSQL_EXECUTE: Final = f"func(self: borrow<connection>, {_STATEMENT}) -> result<_, {_ERROR}>"

OLD_MYSQL_QUERY: Final = f"func(address: string, {_STATEMENT}) -> result<{_ROWS}, {_OLD_ERROR}>"
OLD_MYSQL_EXECUTE: Final = f"func(address: string, {_STATEMENT}) -> result<_, {_OLD_ERROR}>"

_MQTT_ERROR = "variant{invalid-address, too-many-connections, connection-failed(string), other(string)}"
MQTT_OPEN: Final = (
    "func(address: string, username: string, password: string, keep-alive-interval-in-secs: u64) "
    f"-> result<own<connection>, {_MQTT_ERROR}>"
)
MQTT_PUBLISH: Final = (
    "func(self: borrow<connection>, topic: string, payload: list<u8>, "
    f"qos: enum{{at-most-once, at-least-once, exactly-once}}) -> result<_, {_MQTT_ERROR}>"
)
