"""`wasi:clocks`: the time of day, and a clock that only goes forward and can be waited for."""

from __future__ import annotations

import math
import time
from typing import Final, NamedTuple

from spinfer.bindings.hostcall import current
from spinfer.bindings.imports import Function, Interface
from spinfer.factors.wasi.state import WasiState
from spinfer.factors.wasi.versions import NAME, SINCE_OCTOBER, VERSIONS
from spinfer.factors.wasi_io.handles import POLLABLE, own_pollable
from spinfer.factors.wasi_io.interface import OCTOBER
from spinfer.factors.wasi_io.poll import Instant

NS_PER_S: Final = 1_000_000_000


class Datetime(NamedTuple):
    """Since 1970-01-01T00:00:00Z, without leap seconds."""

    seconds: int
    nanoseconds: int

    @classmethod
    def from_ns(cls, ns: int) -> Datetime:
        return cls(*divmod(ns, NS_PER_S))


def now(_state: WasiState) -> int:
    return time.monotonic_ns()


def resolution(_state: WasiState) -> int:
    return math.ceil(time.get_clock_info("monotonic").resolution * NS_PER_S)


def subscribe_instant(_state: WasiState, when: int) -> int:
    return own_pollable(current().resources, Instant(when))


def subscribe_duration(_state: WasiState, when: int) -> int:
    return own_pollable(current().resources, Instant(time.monotonic_ns() + when))


def subscribe(state: WasiState, when: int, absolute: bool) -> int:
    """As the release candidate of October 2023 has it."""
    return subscribe_instant(state, when) if absolute else subscribe_duration(state, when)


def wall_now(_state: WasiState) -> Datetime:
    return Datetime.from_ns(max(0, time.time_ns()))


def wall_resolution(_state: WasiState) -> Datetime:
    return Datetime.from_ns(math.ceil(time.get_clock_info("time").resolution * NS_PER_S))


_READINGS = (
    Function("now", "func() -> u64", now),
    Function("resolution", "func() -> u64", resolution),
)
_DATETIME = "record{seconds: u64, nanoseconds: u32}"

INTERFACES: Final = (
    Interface(
        "wasi:clocks/monotonic-clock",
        VERSIONS,
        NAME,
        (
            *_READINGS,
            Function("subscribe-instant", "func(when: u64) -> own<pollable>", subscribe_instant),
            Function("subscribe-duration", "func(when: u64) -> own<pollable>", subscribe_duration),
        ),
        (POLLABLE,),
    ),
    Interface(
        "wasi:clocks/monotonic-clock",
        (OCTOBER,),
        NAME,
        (
            *_READINGS,
            Function("subscribe", "func(when: u64, absolute: bool) -> own<pollable>", subscribe),
        ),
        (POLLABLE,),
    ),
    Interface(
        "wasi:clocks/wall-clock",
        SINCE_OCTOBER,
        NAME,
        (
            Function("now", f"func() -> {_DATETIME}", wall_now),
            Function("resolution", f"func() -> {_DATETIME}", wall_resolution),
        ),
    ),
)
