"""Every kind of value crosses to the host and back, both ways, and means the same on each side."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import pytest

from spinfer.bindings import types as t
from spinfer.bindings.types import Scalar
from spinfer.bindings.values import Case, Err, Ok, Some, record_class, snake

POINT = t.RecordOf((("max-tokens", Scalar.U32), ("name", Scalar.STRING), ("from", Scalar.F32)))
SHAPE = t.VariantOf((("none", None), ("named", Scalar.STRING), ("at", POINT), ("big", Scalar.U64)))
MANY = t.RecordOf(tuple((f"f{at}", Scalar.U32) for at in range(20)))

Point = record_class(("max-tokens", "name", "from"))

ROUND_TRIPS: list[tuple[t.Type, list[object]]] = [
    (Scalar.BOOL, [True, False]),
    (Scalar.S8, [-128, 127]),
    (Scalar.U8, [0, 255]),
    (Scalar.S16, [-(2**15), 2**15 - 1]),
    (Scalar.U16, [0, 2**16 - 1]),
    (Scalar.S32, [-(2**31), 2**31 - 1]),
    (Scalar.U32, [0, 2**32 - 1]),
    (Scalar.S64, [-(2**63), 2**63 - 1]),
    (Scalar.U64, [0, 2**64 - 1]),
    (Scalar.F32, [0.5, -(2.0**100), float("inf")]),
    (Scalar.F64, [0.1, -1e300, float("-inf")]),
    (Scalar.CHAR, ["a", "ß", "🦙", "\0"]),
    (Scalar.STRING, ["", "plain", "naïve 🦙", "a\0b", "x" * 100_000]),
    (t.ListOf(Scalar.U8), [b"", b"\x00\xff", bytes(range(256)), bytes(257), bytes(range(256)) * 64]),
    (t.ListOf(Scalar.STRING), [[], ["a", "", "🦙"]]),
    (t.ListOf(Scalar.BOOL), [[True, False]]),
    (t.ListOf(Scalar.CHAR), [["a", "🦙"]]),
    (t.ListOf(t.ListOf(Scalar.STRING)), [[], [[], ["a"], ["b", "c"]]]),
    (t.ListOf(t.ListOf(Scalar.U8)), [[], [b"", b"ab"]]),
    (t.ListOf(t.TupleOf((Scalar.STRING, t.ListOf(Scalar.U8)))), [[("accept", b"*/*"), ("x", b"")]]),
    (t.TupleOf((Scalar.U8, Scalar.STRING, Scalar.F64)), [(1, "two", 3.0)]),
    (POINT, [Point(1, "n", 0.5)]),
    (MANY, [record_class(tuple(f"f{at}" for at in range(20)))(*range(20))]),
    (t.ListOf(POINT), [[], [Point(1, "a", 0.5), Point(2, "b", 1.5)]]),
    (SHAPE, [Case("none"), Case("named", "x"), Case("at", Point(1, "n", 0.5)), Case("big", 2**63)]),
    (t.EnumOf(("red", "green")), ["red", "green"]),
    (t.FlagsOf(("read", "write", "exec")), [frozenset(), frozenset({"read", "exec"})]),
    (t.OptionOf(Scalar.STRING), [None, Some("x"), Some("")]),
    (t.OptionOf(t.OptionOf(Scalar.U8)), [None, Some(None), Some(Some(3))]),
    (t.ResultOf(None, None), [Ok(None), Err(None)]),
    (t.ResultOf(Scalar.STRING, None), [Ok("x"), Err(None)]),
    (t.ResultOf(None, SHAPE), [Ok(None), Err(Case("named", "x"))]),
    (
        t.ResultOf(t.ListOf(Scalar.U8), t.ResultOf(Scalar.U8, Scalar.STRING)),
        [Ok(b"x"), Err(Ok(1)), Err(Err("x"))],
    ),
]


@pytest.mark.parametrize(
    ("type_", "values"), ROUND_TRIPS, ids=lambda part: None if isinstance(part, list) else str(part)[:60]
)
def test_a_value_is_the_same_on_both_sides_and_back(echo, type_, values):
    seen = []
    running = echo(type_).instance(lambda x: seen.append(x) or x)
    returned = [running.call("echo", value) for value in values]
    assert seen == values
    assert returned == values
    assert [type(value) for value in seen] == [type(value) for value in returned]


PARTS = [
    (type_, values) for type_, values in ROUND_TRIPS if not (isinstance(type_, Scalar) and type_.is_number)
]
"""What is drafted as part of a list, whether it is by itself or not."""


@pytest.mark.parametrize(
    ("type_", "values"), PARTS, ids=lambda part: None if isinstance(part, list) else str(part)[:60]
)
def test_a_long_list_of_it_crosses_too(echo, type_, values):
    sent = values * 20
    running = echo(t.ListOf(type_)).instance(lambda x: x)
    assert running.call("echo", sent) == sent
    assert running.call("echo", tuple(sent)) == sent


def test_lists_of_numbers_in_a_long_list(echo):
    type_ = t.ListOf(t.TupleOf((t.ListOf(Scalar.S64), t.ListOf(t.ListOf(Scalar.F32)), t.ListOf(Scalar.U8))))
    rows = [
        (np.arange(n) - 2, np.full((n, 3), n, "f4"), bytes(range(n)) if n % 2 else np.full(n, n, "u1"))
        for n in range(100)
    ]
    for n, (longs, table, octets) in enumerate(echo(type_).instance(lambda x: x).call("echo", rows)):
        np.testing.assert_array_equal(longs, np.arange(n) - 2)
        np.testing.assert_array_equal(np.array(table).reshape(n, 3), rows[n][1])
        assert octets == bytes(rows[n][2])


NUMBERS = [
    (Scalar.S8, "i1"),
    (Scalar.U16, "u2"),
    (Scalar.S16, "i2"),
    (Scalar.U32, "u4"),
    (Scalar.S32, "i4"),
    (Scalar.U64, "u8"),
    (Scalar.S64, "i8"),
    (Scalar.F32, "f4"),
    (Scalar.F64, "f8"),
]


@pytest.mark.parametrize(("scalar", "dtype"), NUMBERS, ids=str)
def test_numbers_are_arrays_of_their_own_type(echo, scalar, dtype):
    limits = np.finfo(dtype) if scalar in (Scalar.F32, Scalar.F64) else np.iinfo(dtype)
    sent = np.array([limits.min, 0, 1, limits.max], dtype)
    seen = []
    running = echo(t.ListOf(scalar)).instance(lambda x: seen.append(x) or x)
    for value in (sent, sent[:0]):
        returned = running.call("echo", value)
        for array in (seen[-1], returned):
            assert array.dtype == np.dtype(dtype)
            assert array.flags.owndata
            np.testing.assert_array_equal(array, value)


@pytest.mark.parametrize(
    ("scalar", "numbers"),
    [
        (Scalar.U64, [1, 2**64 - 1]),
        (Scalar.S64, [-(2**63), 1]),
        (Scalar.F32, [1, 0.5]),
        (Scalar.F64, [-0.5] * 20),
        (Scalar.S8, [-1, True] * 200),
        (Scalar.U16, []),
        (Scalar.U16, range(3)),
    ],
)
def test_numbers_may_come_as_a_plain_list(echo, scalar, numbers):
    returned = echo(t.ListOf(scalar)).instance(lambda x: x).call("echo", numbers)
    assert returned.tolist() == list(numbers)


def test_what_was_lifted_stays_when_wasmtime_has_freed_its_cells(echo):
    seen = []
    running = echo(t.ListOf(Scalar.F32)).instance(lambda x: seen.append(x) or x)
    for at in range(50):
        running.call("echo", np.full(1000, at, "f4"))
    assert [int(array[0]) for array in seen] == list(range(50))
    assert all((array == array[0]).all() for array in seen)


@pytest.mark.parametrize(
    "rows",
    [
        np.arange(12, dtype="f4").reshape(3, 4),
        np.arange(24, dtype="f4").reshape(4, 6)[::2, ::3],
        np.arange(6, dtype="f8").reshape(2, 3),
        np.empty((0, 4), "f4"),
        np.empty((3, 0), "f4"),
    ],
    ids=["plain", "strided", "of doubles", "no rows", "no columns"],
)
def test_a_table_of_numbers_crosses_whole_or_row_by_row(echo, rows):
    seen = []
    running = echo(t.ListOf(t.ListOf(Scalar.F32))).instance(lambda x: seen.append(x) or rows)
    for argument in (rows, list(rows), [row.tolist() for row in rows]):
        returned = running.call("echo", argument)
        for value in (seen[-1], returned):
            assert isinstance(value, list)
            assert len(value) == len(rows)
            assert all(row.dtype == np.float32 for row in value)
            for row, expected in zip(value, rows, strict=True):
                np.testing.assert_array_equal(row, expected)


def test_rows_may_differ_in_length(echo):
    rows = [np.arange(n, dtype="f4") for n in (0, 3, 1)]
    returned = echo(t.ListOf(t.ListOf(Scalar.F32))).instance(lambda x: x).call("echo", rows)
    assert [row.tolist() for row in returned] == [[], [0.0, 1.0, 2.0], [0.0]]


def test_a_record_may_be_any_object_with_the_attributes(echo):
    @dataclass(frozen=True)
    class Mine:
        name: str
        max_tokens: int
        from_: float

    lifted = echo(POINT).instance(lambda _: Mine("n", 7, 0.25)).call("echo", Mine("m", 1, 0.5))
    assert lifted == (7, "n", 0.25)
    assert lifted.max_tokens == 7


@pytest.mark.parametrize(
    ("type_", "value", "lifted"),
    [
        (Scalar.F32, np.float32(0.5), 0.5),
        (Scalar.F32, 1, 1.0),
        (Scalar.U32, np.int64(7), 7),
        (Scalar.BOOL, np.bool_(True), True),
        (t.ListOf(Scalar.U8), bytearray(b"ab"), b"ab"),
        (t.ListOf(Scalar.U8), memoryview(b"abcd")[1:3], b"bc"),
        (t.ListOf(Scalar.U8), np.array([1, 2], "u1"), b"\x01\x02"),
        (t.ListOf(Scalar.STRING), ("a", "b"), ["a", "b"]),
        (t.ListOf(Scalar.STRING), (word for word in "ab"), ["a", "b"]),
        (t.TupleOf((Scalar.U8, Scalar.U8)), [1, 2], (1, 2)),
        (t.FlagsOf(("a", "b")), {"b"}, frozenset({"b"})),
    ],
)
def test_what_else_is_accepted(echo, type_, value, lifted):
    assert echo(type_).instance(lambda x: x).call("echo", value) == lifted


WRONG: list[tuple[t.Type, object]] = [
    (Scalar.BOOL, 1),
    (Scalar.U8, 256),
    (Scalar.U8, -1),
    (Scalar.U32, 1.5),
    (Scalar.U32, "1"),
    (Scalar.F32, "1"),
    (Scalar.CHAR, "ab"),
    (Scalar.CHAR, ""),
    (Scalar.CHAR, "\ud800"),
    (Scalar.STRING, b"bytes"),
    (Scalar.STRING, "\ud800"),
    (Scalar.STRING, None),
    (t.ListOf(Scalar.U8), "text"),
    (t.ListOf(Scalar.U8), np.array([1, 2], "i4")[::-1] + 300),
    (t.ListOf(Scalar.U16), [70000]),
    (t.ListOf(Scalar.U16), [0.5]),
    (t.ListOf(Scalar.F32), np.zeros((2, 2), "f4")),
    (t.ListOf(Scalar.F32), ["a"]),
    (t.ListOf(t.ListOf(Scalar.F32)), np.zeros(3, "f4")),
    (t.ListOf(t.ListOf(Scalar.F32)), [1.0, 2.0]),
    (t.ListOf(Scalar.STRING), "text"),
    (t.ListOf(Scalar.STRING), ["a", 1]),
    (t.TupleOf((Scalar.U8, Scalar.U8)), (1,)),
    (t.TupleOf((Scalar.U8, Scalar.U8)), (1, 2, 3)),
    (POINT, ...),
    (POINT, Point(1, 2, 3.0)),
    (SHAPE, "none"),
    (SHAPE, Case("missing")),
    (SHAPE, Case("none", "payload")),
    (SHAPE, Case("named", 3)),
    (t.EnumOf(("red",)), "blue"),
    (t.EnumOf(("red",)), ["red"]),
    (t.FlagsOf(("read",)), {"fly"}),
    (t.FlagsOf(("read",)), "read"),
    (t.OptionOf(Scalar.STRING), "bare"),
    (t.OptionOf(Scalar.STRING), Some(None)),
    (t.ResultOf(Scalar.STRING, None), "bare"),
    (t.ResultOf(Scalar.STRING, None), Err("payload")),
]


REFUSED = (TypeError, ValueError, OverflowError, AttributeError, struct.error)


@pytest.mark.parametrize(("type_", "value"), WRONG, ids=lambda part: repr(part)[-40:])
def test_a_value_of_the_wrong_kind_is_refused_on_both_sides(echo, type_, value):
    good = next((values[0] for known, values in ROUND_TRIPS if known == type_), None)
    program = echo(type_)
    with pytest.raises(REFUSED):
        program.instance(lambda x: x).call("echo", value)
    if good is not None:
        with pytest.raises(REFUSED) as caught:
            program.instance(lambda _: value).call("echo", good)
        assert "what the host returns from test:pkg/host@1.0.0#echo" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (t.ListOf(type_), value)
        for type_, value in WRONG
        if not (isinstance(type_, Scalar) and type_.is_number)
    ],
    ids=lambda part: repr(part)[-40:],
)
def test_one_wrong_value_spoils_a_long_list(echo, type_, value):
    good = next((values[0] for known, values in ROUND_TRIPS if known == type_.element), None)
    with pytest.raises(REFUSED):
        echo(type_).instance(lambda x: x).call("echo", [good] * 20 + [value])


def test_names_become_attributes():
    assert [snake(name) for name in ("max-tokens", "from", "DNS-error")] == [
        "max_tokens",
        "from_",
        "dns_error",
    ]
    assert record_class(("a", "b")) is record_class(("a", "b"))
