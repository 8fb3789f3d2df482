"""A real guest over the WASI that is the host's own: a Python command, run as a component."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from guests import COMPILED, app, component, guest
from spinfer.errors import GuestTrap
from spinfer.factors.base import Factor
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants, Mount
from spinfer.factors.wasi.stdio import Given, Sink
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry

RUN = Entry("wasi:cli/run", "run", "func() -> result")


@pytest.fixture(scope="session")
def compiler() -> Iterator[Compiler]:
    with Compiler() as compiler:
        yield compiler


@pytest.fixture(scope="session")
def probe() -> Path:
    return component(app(Path(__file__).parent / "probe"))


@dataclass
class Ran:
    """What became of one command."""

    result: object = None
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    closed: list[str] = field(default_factory=list)
    """Which of its output streams were closed."""

    @property
    def printed(self) -> Any:
        return json.loads(self.out)


def start(
    compiler: Compiler,
    command: Path,
    *arguments: str,
    mounts: tuple[Mount, ...] = (),
    environment: tuple[tuple[str, str], ...] = (),
    stdin: bytes = b"",
    factors: tuple[Factor, ...] = (),
) -> Ran:
    """Run a command to its end, as a component of that name, on our own WASI and `factors`."""
    ran, name = Ran(), command.stem
    grants = Grants(
        arguments=(name, *arguments),
        environment=environment,
        mounts=mounts,
        stdin=lambda: Given(stdin),
        stdout=lambda: Sink(ran.out.extend, lambda: ran.closed.append("out")),
        stderr=lambda: Sink(ran.err.extend, lambda: ran.closed.append("err")),
    )
    compile_ = CompileCache(compiler, COMPILED).compile
    executor = Executor(compiler, [WasiIoFactor(), WasiFactor({name: grants}), *factors], compile_=compile_)
    executor.load([ComponentFile(name, command)], [RUN])
    with executor.instantiate(name) as instance:
        try:
            ran.result = instance.call()
        except GuestTrap as trap:
            trap.add_note(ran.err.decode())
            raise
    return ran


@pytest.fixture
def run(compiler: Compiler, probe: Path) -> Callable[..., Ran]:
    """`run(action, mounts=…, …)`: start the probe, which does the action and prints JSON."""
    return partial(start, compiler, probe)


@pytest.fixture
def ask(compiler: Compiler) -> Callable[..., Ran]:
    """`ask(prompt, factors=…)`: start the example of that name."""
    return partial(start, compiler, guest("ask"))
