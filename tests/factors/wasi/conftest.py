"""A real guest over the WASI that is the host's own: a Python command, run as a component."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from guests import BUILT, ROOT, app, component
from spinfer.errors import GuestTrap
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants, Mount
from spinfer.factors.wasi.stdio import Given, Sink
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.inference.cancellation import Cancellation
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


@pytest.fixture
def run(compiler: Compiler, probe: Path) -> Callable[..., Ran]:
    """`run(action, mount, …)`: start the probe, which does the action and prints JSON."""

    def run(
        *arguments: str,
        mounts: tuple[Mount, ...] = (),
        environment: tuple[tuple[str, str], ...] = (),
        stdin: bytes = b"",
        cancellation: Cancellation | None = None,
    ) -> Ran:
        ran = Ran()
        grants = Grants(
            arguments=("probe", *arguments),
            environment=environment,
            mounts=mounts,
            stdin=lambda: Given(stdin),
            stdout=lambda: Sink(ran.out.extend, lambda: ran.closed.append("out")),
            stderr=lambda: Sink(ran.err.extend, lambda: ran.closed.append("err")),
        )
        compile_ = CompileCache(compiler, ROOT / BUILT.parent / "compiled").compile
        executor = Executor(compiler, [WasiIoFactor(), WasiFactor({"probe": grants})], compile_=compile_)
        executor.load([ComponentFile("probe", probe)], [RUN])
        with executor.instantiate("probe", cancellation=cancellation) as instance:
            try:
                ran.result = instance.call()
            except GuestTrap as trap:
                trap.add_note(ran.err.decode())
                raise
        return ran

    return run
