"""Memory is exact: nothing is leaked and nothing freed twice, however often and however badly calls go."""

from __future__ import annotations

import gc
import resource
import threading
from pathlib import Path

import numpy as np
import pytest

from spinfer.bindings import types as t
from spinfer.bindings.types import Scalar
from spinfer.bindings.values import Case, Err, Ok, Some, record_class

EVERYTHING = t.RecordOf(
    (
        ("text", Scalar.STRING),
        ("octets", t.ListOf(Scalar.U8)),
        ("rows", t.ListOf(t.ListOf(Scalar.F32))),
        ("words", t.ListOf(Scalar.STRING)),
        ("maybe", t.OptionOf(t.VariantOf((("none", None), ("named", Scalar.STRING))))),
        ("done", t.ResultOf(t.TupleOf((Scalar.STRING, Scalar.U8)), Scalar.STRING)),
        ("color", t.EnumOf(("red", "green"))),
        ("rights", t.FlagsOf(("read", "write"))),
    )
)
Everything = record_class(tuple(name for name, _ in EVERYTHING.fields))

GOOD = Everything(
    "a string that is long enough to matter",
    bytes(64),
    np.ones((2, 8), "f4"),
    ["one", "two", "three"],
    Some(Case("named", "a name")),
    Ok(("pair", 7)),
    "green",
    frozenset({"read"}),
)
BAD = GOOD._replace(done=Err(7))
"""Refused at its last but two field, when most of it has been lowered."""

SMALL = t.TupleOf((Scalar.STRING, t.ListOf(Scalar.U8), t.OptionOf(t.VariantOf((("named", Scalar.STRING),)))))


def resident() -> int:
    """This process's resident memory, in bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


needs_proc = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's own count")


def test_every_byte_is_given_back(echo, leaks):
    running = echo(EVERYTHING).instance(lambda x: x)
    assert not leaks(lambda: running.call("echo", GOOD))


def test_every_byte_is_given_back_when_an_argument_is_refused_half_way(echo, leaks):
    running = echo(EVERYTHING).instance(lambda x: x)

    def work():
        with pytest.raises(TypeError):
            running.call("echo", BAD)

    assert not leaks(work)


def test_every_byte_is_given_back_when_a_result_is_refused_half_way(echo, leaks):
    program = echo(EVERYTHING)

    def work():
        with pytest.raises(TypeError):
            program.instance(lambda _: BAD).call("echo", GOOD)

    assert not leaks(work)


def test_every_byte_of_a_long_list_is_given_back(echo, leaks):
    running = echo(t.ListOf(EVERYTHING)).instance(lambda x: x)

    def work():
        running.call("echo", [GOOD] * 10)
        with pytest.raises(TypeError):
            running.call("echo", [GOOD] * 9 + [BAD])

    assert not leaks(work)


def test_every_byte_of_a_payload_is_given_back_when_it_is_refused_half_way(echo, leaks):
    type_ = t.ResultOf(
        t.OptionOf(t.ListOf(t.ListOf(Scalar.F32))), t.VariantOf((("many", t.ListOf(Scalar.U8)),))
    )
    running = echo(type_).instance(lambda x: x)

    def work():
        for good in (Ok(None), Ok(Some(np.ones((2, 8), "f4"))), Err(Case("many", bytes(2000)))):
            running.call("echo", good)
        for bad in (Ok(Some([np.ones(8, "f4"), np.ones((2, 2))])), Ok(Some(None)), Err(Case("many", "x"))):
            with pytest.raises(TypeError):
                running.call("echo", bad)

    assert not leaks(work)


@needs_proc
def test_a_hundred_thousand_calls_leave_nothing_behind(echo):
    running = echo(SMALL).instance(lambda x: x)
    value = ("some text", b"some bytes", Some(Case("named", "a name")))

    def fifty_thousand_calls():
        for _ in range(25_000):  # into the guest, and from it into the host
            running.call("echo", value)

    def growth():
        before = resident()
        fifty_thousand_calls()
        return resident() - before

    fifty_thousand_calls()
    assert any(growth() < 2 << 20 for _ in range(3)), "it grows each time"


def test_many_threads_convert_at_once(echo):
    program = echo(EVERYTHING)
    failures = []

    def work():
        running = program.instance(lambda x: x)
        for _ in range(500):
            value = running.call("echo", GOOD)
            if value._replace(rows=None) != GOOD._replace(rows=None):
                failures.append(value)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
