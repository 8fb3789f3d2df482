"""A guest that runs the Python a test hands it, over services that run beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fakes.postgres_server import PostgresServer, postgres_server
from fakes.probing import said
from fakes.redis_server import redis_server
from guests import app, component
from spinfer.factors.outbound_networking.gate import Gate
from spinfer.factors.outbound_networking.hosts import AllowedHosts
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.outbound_networking.pool import Pool
from spinfer.factors.outbound_pg.factor import OutboundPgFactor
from spinfer.factors.outbound_redis.factor import OutboundRedisFactor
from spinfer.factors.refused.factor import RefusedFactor
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compiler import Compiler

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

    def run(
        source: str,
        *,
        allowed: Sequence[str] = ANYBODY,
        blocked: Sequence[str] = (),
        pool: Pool[Any] | None = None,
        cancellation: Cancellation | None = None,
        deadline_s: float | None = None,
    ) -> Mapping[str, Any]:
        gate = Gate({"probe": AllowedHosts.parse(allowed)}, BlockedNetworks.parse(blocked))
        own: Pool[Any] = Pool()
        factors = (
            OutboundRedisFactor(gate, pool or own),
            OutboundPgFactor(gate, pool or own),
            RefusedFactor(),
        )
        with closing(own):
            return said(compiler, probe, source, factors, cancellation=cancellation, deadline_s=deadline_s)

    return run
