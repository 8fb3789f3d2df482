"""A guest that runs the Python a test hands it, over services that run beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from fakes.postgres_server import PostgresServer, postgres_server
from fakes.redis_server import redis_server
from guests import BUILT, ROOT, app, component
from spinfer.errors import GuestTrap
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.hosts import AllowedHosts
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_pg.factor import OutboundPgFactor
from spinfer.factors.outbound_redis.factor import OutboundRedisFactor
from spinfer.factors.refused.factor import RefusedFactor
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants
from spinfer.factors.wasi.stdio import Sink
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile, Entry

RUN = Entry("wasi:cli/run", "run", "func() -> result")
ANYBODY = ("redis://127.0.0.1:*", "postgres://127.0.0.1:*", "postgres://localhost:*")

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with redis_server(tmp_path_factory.mktemp("redis")) as port:
        yield port


@pytest.fixture(scope="session")
def pg() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    with Compiler() as compiler:
        yield compiler


@pytest.fixture(scope="module")
def probe() -> Path:
    return component(app(Path(__file__).parent / "probe"))


@pytest.fixture
def run(compiler: Compiler, probe: Path) -> Run:
    """`run(source)`: what the guest put into `said`. Guests that are given one `pool` share connections."""
    compile_ = CompileCache(compiler, ROOT / BUILT.parent / "compiled").compile

    def run(
        source: str,
        *,
        allowed: Sequence[str] = ANYBODY,
        blocked: Sequence[str] = (),
        pool: Pool[Any] | None = None,
        cancellation: Cancellation | None = None,
        deadline_s: float | None = None,
    ) -> dict[str, Any]:
        out, err = bytearray(), bytearray()
        grants = Grants(
            arguments=("probe", dedent(source)),
            stdout=lambda: Sink(out.extend, lambda: None),
            stderr=lambda: Sink(err.extend, lambda: None),
        )
        gate = Gate({"probe": AllowedHosts.parse(allowed)}, BlockedNetworks.parse(blocked))
        own: Pool[Any] = Pool()
        factors = [
            WasiIoFactor(),
            WasiFactor({"probe": grants}),
            OutboundRedisFactor(gate, pool or own),
            OutboundPgFactor(gate, pool or own),
            RefusedFactor(),
        ]
        executor = Executor(compiler, factors, compile_=compile_, limits=Limits(deadline_s=deadline_s))
        executor.load([ComponentFile("probe", probe)], [RUN])
        with closing(own), executor.instantiate("probe", cancellation=cancellation) as instance:
            try:
                instance.call()
            except GuestTrap as trap:
                trap.add_note(err.decode())
                raise
        return dict(json.loads(out))

    return run
