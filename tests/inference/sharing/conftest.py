"""Models shared over a real pair of sockets, closed at the end, when nothing may be left behind."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

import leftovers
from inference.sharing.models import Gated
from spinfer.inference.sharing.client import SharedModels
from spinfer.inference.sharing.server import Models, ModelServer


@dataclass(frozen=True, slots=True)
class Shared:
    server: ModelServer
    models: SharedModels


Share = Callable[[Models], Shared]


@pytest.fixture
def share() -> Iterator[Share]:
    before = leftovers.threads()
    with ExitStack() as closing:

        def make(models: Models) -> Shared:
            ours, theirs = socket.socketpair()
            server = ModelServer(models, ours)
            server.start()
            closing.callback(server.close)
            asking = SharedModels(theirs)
            closing.callback(asking.close)
            return Shared(server, asking)

        yield make
    assert not {t.name for t in leftovers.threads() - before if "model" in t.name}


@pytest.fixture
def gated(tiny_llama: Path) -> Iterator[Gated]:
    made = Gated(tiny_llama)
    yield made
    made.backend.close()
