"""A few hundred requests of all kinds at once; `make stress` sends ten thousand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from apps.survival import app
from apps.survival.load import Crowd, Tally
from apps.survival.server import Server, serving
from apps.survival.verdict import Round, attack, judge
from guests import COMPILED, SDK_ENVIRONMENT

REQUESTS, CLIENTS = 400, 32

pytestmark = pytest.mark.skipif(
    not SDK_ENVIRONMENT.is_dir(),
    reason=f"{SDK_ENVIRONMENT.name} is missing, which builds guests of Spin's SDK",
)


def test_every_answer_is_right_and_nothing_is_left(environment: dict[str, str], tmp_path: Path) -> None:
    app.write(tmp_path)
    cache = COMPILED
    options = ("-q", "--request-timeout", "6s", "--cache-dir", str(cache))
    with serving(tmp_path, environment, *options) as server:
        tally, rounds = asyncio.run(asked(server))
        assert server.end() == 0
    assert judge(tally, rounds) == []
    assert tally.total == REQUESTS
    said = (tmp_path / "err").read_text()
    assert "Traceback" not in said
    assert "it ran past its deadline of 6 s" in said


async def asked(server: Server) -> tuple[Tally, list[Round]]:
    crowd = Crowd(server.port, clients=CLIENTS)
    await crowd.fill(1.0)
    await crowd.ask(3 * CLIENTS, Tally())
    return await attack(server, crowd, REQUESTS, rounds=1, tell=lambda _: None)
