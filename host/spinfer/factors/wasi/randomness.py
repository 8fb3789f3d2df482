"""`wasi:random`: all of it from the operating system, what may be insecure too."""

from __future__ import annotations

import os
from typing import Final

from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.traps import Trapped
from spinfer.factors.wasi.state import WasiState
from spinfer.factors.wasi.versions import NAME, SINCE_OCTOBER

MAX_BYTES: Final = 4 << 20
"""In one call: all that was asked for must be returned, so a guest could fill the host's memory otherwise."""


def random_bytes(_state: WasiState, length: int) -> bytes:
    """Raises Trapped for more than MAX_BYTES."""
    if length > MAX_BYTES:
        raise Trapped(f"it asked for {length} random bytes at once; {MAX_BYTES} are allowed")
    return os.urandom(length)


def random_u64(_state: WasiState) -> int:
    return int.from_bytes(os.urandom(8), "little")


def seed(state: WasiState) -> tuple[int, int]:
    return random_u64(state), random_u64(state)


def _interface(name: str, *functions: Function) -> Interface:
    return Interface(f"wasi:random/{name}", SINCE_OCTOBER, NAME, functions)


INTERFACES: Final = (
    _interface(
        "random",
        Function("get-random-bytes", "func(len: u64) -> list<u8>", random_bytes),
        Function("get-random-u64", "func() -> u64", random_u64),
    ),
    _interface(
        "insecure",
        Function("get-insecure-random-bytes", "func(len: u64) -> list<u8>", random_bytes),
        Function("get-insecure-random-u64", "func() -> u64", random_u64),
    ),
    _interface("insecure-seed", Function("insecure-seed", "func() -> tuple<u64, u64>", seed)),
)
