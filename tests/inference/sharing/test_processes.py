"""Two processes: one has models, the other asks it, and either may end at any moment."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

import leftovers
from inference.sharing.asking import PARAMS
from inference.sharing.models import Gated, Named, until
from spinfer.config.models import ModelConfig
from spinfer.errors import InferenceFailed
from spinfer.inference.backend import infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.sharing.client import SharedModels
from spinfer.inference.sharing.server import Models, ModelServer
from spinfer.inference.types import EmbeddingRequest, Request

GONE = r"^the process that holds the models has ended$"
Process = subprocess.Popen[str]
TESTS = Path(__file__).parents[2]


@contextmanager
def process(module: str, connection: socket.socket, *arguments: str) -> Iterator[Process]:
    """It has `connection`, and this process does not any more."""
    number = str(connection.fileno())
    with subprocess.Popen(
        [sys.executable, "-m", f"inference.sharing.{module}", number, *arguments],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=[connection.fileno()],
        text=True,
    ) as child:
        connection.close()
        try:
            yield child
        finally:
            child.kill()


def kill(child: Process) -> None:
    child.kill()


def exit_(child: Process) -> None:
    """With threads that wait or read, and are never told to end."""
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(30) == 0


ENDS = (kill, exit_)


@contextmanager
def asking(models: Models, what: str, prompts: list[str]) -> Iterator[tuple[Process, object]]:
    ours, theirs = socket.socketpair()
    with closing(ModelServer(models, ours, name="test-server")) as server:
        server.start()
        with process("asking", theirs, what) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(json.dumps(prompts) + "\n")
            child.stdin.flush()
            yield child, json.loads(child.stdout.readline())


def test_sixteen_at_once_get_what_they_would_get_here(tiny_llama: Path, tiny_bert: Path) -> None:
    prompts = [f"Say {n} cats and {n % 3} dogs" for n in range(32)]
    chat = ModelConfig(path=tiny_llama, deterministic=True, prompt="raw")
    with closing(Catalog({"chat": chat, "embed": ModelConfig(path=tiny_bert)})) as catalog:
        here = catalog.get("chat")
        expected = [infer(here, Request(prompt, PARAMS, seed=3)).text for prompt in prompts]
        vectors = [catalog.get("embed").embed(EmbeddingRequest((p,))).vectors[0] for p in prompts]
        with asking(catalog, "answers", prompts) as (_, answers):
            assert isinstance(answers, list)
            texts, pieces, embedded = zip(*answers, strict=True)
            assert list(texts) == expected
            assert ["".join(some) for some in pieces] == expected
            for one, other in zip(embedded, vectors, strict=True):
                np.testing.assert_allclose(one, other, atol=1e-4)
    assert len(set(expected)) > 16, "they could be told apart"


def test_who_asks_needs_no_engine() -> None:
    with asking(Named(), "imported", []) as (_, imported):
        assert isinstance(imported, list)
        assert not {"llama_cpp", "spinfer.inference.catalog", "spinfer.inference.engine"} & set(imported)


@pytest.mark.parametrize("end", ENDS)
def test_who_asks_ends(gated: Gated, end: Callable[[Process], None]) -> None:
    before = leftovers.threads()
    with asking(Named(m=gated.backend), "begin", ["the cat", "a dog", "the dog"]) as (child, _):
        until(lambda: gated.callers == 3)
        ours = [t for t in leftovers.threads() - before if t.name.startswith("test-server")]
        assert len(ours) >= 4, "one reads, and each request has one"
        assert gated.runner.entered.wait(30)
        end(child)
        for thread in ours:
            thread.join(30)
            assert not thread.is_alive(), thread
        assert gated.callers == 0, "nobody waits, although the engine has not come further yet"
        gated.runner.gate.set()
        infer(gated.backend, Request("a cat", PARAMS))
        assert gated.cancelled == 3
        assert gated.cache.free == gated.cache.cells


@pytest.mark.parametrize("end", ENDS)
def test_who_has_the_models_ends(end: Callable[[Process], None]) -> None:
    ours, theirs = socket.socketpair()
    with closing(SharedModels(ours)) as models, ThreadPoolExecutor(3) as pool:
        with process("serving", theirs) as child:
            model = models.get("m")
            assert infer(model, Request("now")).text == "at once"
            waiting = [pool.submit(infer, model, Request("wait")) for _ in range(3)]
            until(lambda: models.under_way == 3)
            end(child)
            for each in waiting:
                with pytest.raises(InferenceFailed, match=GONE):
                    each.result(30)
        with pytest.raises(InferenceFailed, match=GONE):
            infer(model, Request("now"))
        assert models.under_way == 0
