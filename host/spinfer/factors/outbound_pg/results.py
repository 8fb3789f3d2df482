"""From a server's binary values to the interface's, as version 4 of it has them. Pure.

The layouts are those of PostgreSQL's `send` functions.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from spinfer.bindings.values import Case, Some
from spinfer.factors.outbound_pg import oids
from spinfer.factors.outbound_pg.calendar_days import from_days
from spinfer.factors.outbound_pg.failures import ConversionFailed

_DAY_US: Final = 86_400_000_000
_INFINITE_DAYS = (-(1 << 31), (1 << 31) - 1)
_INFINITE_US = (-(1 << 63), (1 << 63) - 1)
_SPECIAL_NUMERICS: Final = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
_NEGATIVE: Final = 0x4000
_EMPTY, _LOWER_INCLUSIVE, _UPPER_INCLUSIVE, _NO_LOWER, _NO_UPPER = 0x01, 0x02, 0x04, 0x08, 0x10

Decode = Callable[[bytes], object]


class Interval(NamedTuple):
    micros: int
    days: int
    months: int


class Kind(NamedTuple):
    """What a column holds: a case of the interface, and how its payload is read."""

    name: str
    decode: Decode


class _NoPlace(Exception):
    """The interface has no value like this one."""


def value(kind: Kind | None, data: bytes | None) -> Case:
    """One value; None: NULL. Raises ConversionFailed for what the interface's types cannot hold."""
    if data is None:
        return Case("db-null")
    if kind is not None:
        try:
            return Case(kind.name, kind.decode(data))
        except _NoPlace:
            pass
    return Case("unsupported", data)


def _unpacked(layout: str) -> Decode:
    one = struct.Struct(f"!{layout}")
    return lambda data: one.unpack(data)[0]


def _date(data: bytes) -> tuple[int, int, int]:
    (days,) = struct.unpack("!i", data)
    if days in _INFINITE_DAYS:
        raise ConversionFailed("a date is infinite")
    return from_days(days)


def _time(data: bytes) -> tuple[int, int, int, int]:
    (micros,) = struct.unpack("!q", data)
    return _of_day(micros)


def _datetime(data: bytes) -> tuple[int, ...]:
    (micros,) = struct.unpack("!q", data)
    if micros in _INFINITE_US:
        raise ConversionFailed("a timestamp is infinite")
    days, rest = divmod(micros, _DAY_US)
    return (*from_days(days), *_of_day(rest))


def _of_day(micros: int) -> tuple[int, int, int, int]:
    seconds, micros = divmod(micros, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return hour, minute, second, micros * 1000


def _numeric(data: bytes) -> str:
    """Groups of four digits, the first times 10000 to the power `weight`; `scale` digits after the point."""
    count, weight, sign, scale = struct.unpack_from("!hhHh", data)
    if sign in _SPECIAL_NUMERICS:
        return _SPECIAL_NUMERICS[sign]
    digits = "".join(f"{group:04}" for group in struct.unpack_from(f"!{count}H", data, 8))
    point = (weight + 1) * 4
    whole, fraction = ("", "0" * -point + digits) if point < 0 else (digits[:point], digits[point:])
    whole = whole.ljust(max(point, 0), "0").lstrip("0") or "0"
    fraction = fraction.ljust(scale, "0")[:scale]
    return f"{'-' if sign == _NEGATIVE else ''}{whole}{'.' if scale else ''}{fraction}"


def _range(decode: Decode) -> Decode:
    def read(data: bytes) -> tuple[object, object]:
        flags = data[0]
        if flags & _EMPTY:
            raise _NoPlace
        parts = _parts(data, 1)
        lower = None if flags & _NO_LOWER else _bound(decode, next(parts), flags & _LOWER_INCLUSIVE)
        upper = None if flags & _NO_UPPER else _bound(decode, next(parts), flags & _UPPER_INCLUSIVE)
        return lower, upper

    return read


def _bound(decode: Decode, data: bytes | None, inclusive: int) -> Some[tuple[object, str]]:
    assert data is not None, "a bound that is there is not NULL"
    return Some((decode(data), "inclusive" if inclusive else "exclusive"))


def _array(decode: Decode) -> Decode:
    def read(data: bytes) -> list[Some[object] | None]:
        dimensions, _, _ = struct.unpack_from("!iiI", data)
        if dimensions > 1:
            raise _NoPlace
        parts = _parts(data, 12 + 8 * dimensions)
        return [None if part is None else Some(decode(part)) for part in parts]

    return read


def _parts(data: bytes, at: int) -> Iterator[bytes | None]:
    """Each with its length before it, -1 for NULL."""
    while at < len(data):
        (length,) = struct.unpack_from("!i", data, at)
        at += 4
        yield None if length < 0 else data[at : at + length]
        at += max(length, 0)


_INT4 = _unpacked("i")
_INT8 = _unpacked("q")
_TEXT = Kind("str", bytes.decode)
_TEXTS = Kind("array-str", _array(bytes.decode))
_DATETIME = Kind("datetime", _datetime)

KINDS: Final[Mapping[int, Kind]] = {
    oids.BOOL: Kind("boolean", _unpacked("?")),
    oids.BYTEA: Kind("binary", bytes),
    oids.INT2: Kind("int16", _unpacked("h")),
    oids.INT4: Kind("int32", _INT4),
    oids.INT8: Kind("int64", _INT8),
    oids.FLOAT4: Kind("floating32", _unpacked("f")),
    oids.FLOAT8: Kind("floating64", _unpacked("d")),
    oids.TEXT: _TEXT,
    oids.VARCHAR: _TEXT,
    oids.BPCHAR: _TEXT,
    oids.DATE: Kind("date", _date),
    oids.TIME: Kind("time", _time),
    oids.TIMESTAMP: _DATETIME,
    oids.TIMESTAMPTZ: _DATETIME,
    oids.UUID: Kind("uuid", lambda data: str(uuid.UUID(bytes=data))),
    oids.JSONB: Kind("jsonb", lambda data: data[1:]),
    oids.NUMERIC: Kind("decimal", _numeric),
    oids.INT4_RANGE: Kind("range-int32", _range(_INT4)),
    oids.INT8_RANGE: Kind("range-int64", _range(_INT8)),
    oids.NUM_RANGE: Kind("range-decimal", _range(_numeric)),
    oids.INT4_ARRAY: Kind("array-int32", _array(_INT4)),
    oids.INT8_ARRAY: Kind("array-int64", _array(_INT8)),
    oids.NUMERIC_ARRAY: Kind("array-decimal", _array(_numeric)),
    oids.TEXT_ARRAY: _TEXTS,
    oids.VARCHAR_ARRAY: _TEXTS,
    oids.BPCHAR_ARRAY: _TEXTS,
    oids.INTERVAL: Kind("interval", lambda data: Interval(*struct.unpack("!qii", data))),
}
"""By the type's number; what is not here has no case."""
