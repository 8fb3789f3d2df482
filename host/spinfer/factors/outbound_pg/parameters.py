"""From the interface's values to what a server is sent in place of `$1`. Pure.

Binary where that is exact and short, else text. A text goes without a type: the server takes it for whatever
stands in that place.
"""

from __future__ import annotations

import json
import re
import struct
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, cast

from spinfer.bindings.values import Case, Some
from spinfer.factors.outbound_pg import oids
from spinfer.factors.outbound_pg.calendar_days import to_days
from spinfer.factors.outbound_pg.failures import BadParameter, ConversionFailed

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
_UNIX_EPOCH_S: Final = 946_684_800
"""From 1970 to 2000."""
_DAY_US: Final = 86_400_000_000
_JSONB_VERSION: Final = b"\x01"

Bound = Some[tuple[object, str]] | None


class Parameter(NamedTuple):
    """One value on its way."""

    type: int
    content: bytes | None
    is_binary: bool


class Interval(Protocol):
    """As it arrives from the guest."""

    @property
    def micros(self) -> int: ...
    @property
    def days(self) -> int: ...
    @property
    def months(self) -> int: ...


def parameter(value: Case) -> Parameter:
    """Raises BadParameter, or ConversionFailed."""
    encode = _ENCODERS.get(value.name)
    if encode is None:
        raise ConversionFailed("Postgres does not support unsigned integers")
    try:
        return encode(value.value)
    except (ValueError, struct.error) as e:
        raise BadParameter(f"invalid {value.name}: {e}") from e


def _packed(type_: int, layout: str) -> Callable[[object], Parameter]:
    pack = struct.Struct(f"!{layout}").pack
    return lambda value: Parameter(type_, pack(value), True)


def _text(value: object) -> Parameter:
    return Parameter(oids.UNKNOWN, _utf_8(cast(str, value)), False)


def _utf_8(text: str) -> bytes:
    if "\0" in text:
        raise ValueError("a text in PostgreSQL has no NUL character")
    return text.encode()


def _date(value: object) -> Parameter:
    return Parameter(oids.DATE, struct.pack("!i", to_days(*cast("tuple[int, int, int]", value))), True)


def _time(value: object) -> Parameter:
    return Parameter(oids.TIME, struct.pack("!q", _micros(*cast("tuple[int, int, int, int]", value))), True)


def _datetime(value: object) -> Parameter:
    year, month, day, *time = cast("tuple[int, ...]", value)
    micros = to_days(year, month, day) * _DAY_US + _micros(*time)
    return Parameter(oids.TIMESTAMP, struct.pack("!q", micros), True)


def _timestamp(value: object) -> Parameter:
    micros = (cast(int, value) - _UNIX_EPOCH_S) * 1_000_000
    return Parameter(oids.TIMESTAMPTZ, struct.pack("!q", micros), True)


def _micros(hour: int, minute: int, second: int, nanosecond: int) -> int:
    if hour > 23 or minute > 59 or second > 59 or nanosecond > 999_999_999:
        raise ValueError(f"{hour:02}:{minute:02}:{second:02} and {nanosecond} ns is no time of the day")
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + nanosecond // 1000


def _uuid(value: object) -> Parameter:
    return Parameter(oids.UUID, uuid.UUID(cast(str, value)).bytes, True)


def _jsonb(value: object) -> Parameter:
    content = bytes(cast(bytes, value))
    json.loads(content)
    return Parameter(oids.JSONB, _JSONB_VERSION + content, True)


def _decimal(value: object) -> Parameter:
    return Parameter(oids.NUMERIC, _digits(value).encode(), False)


def _digits(value: object) -> str:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise ValueError(f"`{value}` is not written as digits")
    return value


def _range(type_: int, write: Callable[[object], str]) -> Callable[[object], Parameter]:
    def encode(value: object) -> Parameter:
        lower, upper = cast("tuple[Bound, Bound]", value)
        begin = "(" if lower is None or lower.value[1] == "exclusive" else "["
        end = ")" if upper is None or upper.value[1] == "exclusive" else "]"
        bounds = ("" if bound is None else write(bound.value[0]) for bound in (lower, upper))
        return Parameter(type_, f"{begin}{','.join(bounds)}{end}".encode(), False)

    return encode


def _array(type_: int, write: Callable[[object], str]) -> Callable[[object], Parameter]:
    def encode(value: object) -> Parameter:
        parts = cast("Iterable[Some[object] | None]", value)
        texts = ("NULL" if part is None else write(part.value) for part in parts)
        return Parameter(type_, _utf_8(f"{{{','.join(texts)}}}"), False)

    return encode


def _quoted(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _interval(value: object) -> Parameter:
    span = cast(Interval, value)
    return Parameter(oids.INTERVAL, struct.pack("!qii", span.micros, span.days, span.months), True)


_ENCODERS: Final[Mapping[str, Callable[[object], Parameter]]] = {
    "boolean": _packed(oids.BOOL, "?"),
    "int8": _packed(oids.INT2, "h"),
    "int16": _packed(oids.INT2, "h"),
    "int32": _packed(oids.INT4, "i"),
    "int64": _packed(oids.INT8, "q"),
    "floating32": _packed(oids.FLOAT4, "f"),
    "floating64": _packed(oids.FLOAT8, "d"),
    "str": _text,
    "binary": lambda value: Parameter(oids.BYTEA, bytes(cast(bytes, value)), True),
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "timestamp": _timestamp,
    "uuid": _uuid,
    "jsonb": _jsonb,
    "decimal": _decimal,
    "range-int32": _range(oids.INT4_RANGE, str),
    "range-int64": _range(oids.INT8_RANGE, str),
    "range-decimal": _range(oids.NUM_RANGE, _digits),
    "array-int32": _array(oids.INT4_ARRAY, str),
    "array-int64": _array(oids.INT8_ARRAY, str),
    "array-decimal": _array(oids.NUMERIC_ARRAY, _digits),
    "array-str": _array(oids.TEXT_ARRAY, _quoted),
    "interval": _interval,
    "db-null": lambda _: Parameter(oids.UNKNOWN, None, False),
}


def parameters(values: Sequence[Case]) -> list[Parameter]:
    """Raises as `parameter` does."""
    return [parameter(value) for value in values]
