"""What it costs to ask another process's models, beside asking them where they are.

    python tests/bench/bench_sharing.py [--rounds N]

The models answer without computing, so that nearly all of the time is the way there and back. Pieces that
are paced come all at once every 5 ms, as from an engine that computes sequences together.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import threading
import time
from collections.abc import Callable, Generator
from queue import SimpleQueue

import numpy as np

from spinfer.config.models import MockConfig
from spinfer.inference.backend import Backend, infer
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.sharing.client import SharedModels
from spinfer.inference.sharing.server import Models, ModelServer
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
    SamplingParams,
)

TEXTS, DIMENSIONS, PIECES, STEP_S, PACED = 100, 384, 1000, 0.005, 200
DONE = Completion("", FinishReason.STOP, 1, PIECES)


class Ready:
    """Has its answers already: pieces as fast as they are read, vectors at once."""

    def __init__(self) -> None:
        self._embeddings = Embeddings(np.random.default_rng(0).random((TEXTS, DIMENSIONS), np.float32), 1)

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        yield from (Piece(" word") for _ in range(PIECES))
        yield DONE

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        return self._embeddings

    def summary(self) -> str:
        """Which process this is, and the CPU time it has used."""
        return f"{os.getpid()} {time.process_time()}"

    def close(self) -> None:
        pass


class Paced(Ready):
    """A piece for everybody each step, which says when it was made."""

    def __init__(self) -> None:
        super().__init__()
        self._readers: list[SimpleQueue[float]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        mine: SimpleQueue[float] = SimpleQueue()
        self._readers.append(mine)
        yield from (Piece(repr(mine.get())) for _ in range(PACED))
        self._readers.remove(mine)
        yield DONE

    def _run(self) -> None:
        while True:
            time.sleep(STEP_S)
            now = time.monotonic()
            for reader in list(self._readers):
                reader.put(now)


class Here:
    def __init__(self) -> None:
        mock = MockBackend("mock", MockConfig(default="word " * 50))
        self._models: dict[str, Backend] = {"mock": mock, "ready": Ready(), "paced": Paced()}

    def get(self, name: str) -> Backend:
        return self._models[name]


def microseconds(call: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1e6


def cpu_s(model: Backend) -> float:
    """Of this process and the model's, which may be the same."""
    process, used = model.summary().split()
    return sum({int(process): float(used), os.getpid(): time.process_time()}.values())


def together(call: Callable[[], object], callers: int) -> None:
    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(models: Models, rounds: int) -> dict[str, float]:
    word, texts = Request("x", SamplingParams(max_tokens=1)), tuple(f"text {n}" for n in range(TEXTS))
    ready, late = models.get("ready"), []

    def read() -> None:
        assert len(list(ready.stream(Request("x")))) == PIECES + 1

    def read_paced() -> None:
        for event in models.get("paced").stream(Request("x")):
            if isinstance(event, Piece):
                late.append(time.monotonic() - float(event.text))

    figures = {
        "a whole call, µs": microseconds(lambda: infer(models.get("mock"), word), rounds),
        f"{TEXTS} vectors of {DIMENSIONS}, µs": microseconds(
            lambda: ready.embed(EmbeddingRequest(texts)), rounds
        ),
    }
    for callers in (1, 16):
        took = microseconds(lambda n=callers: together(read, n), max(3, rounds // 100))
        figures[f"a piece of {callers} streams at full speed, µs"] = took / PIECES / callers
    for callers in (1, 16):
        late.clear()
        began = cpu_s(ready)
        together(read_paced, callers)
        used = cpu_s(ready) - began
        figures[f"a paced piece of {callers} streams is late by, µs"] = statistics.median(late) * 1e6
        figures[f"a paced piece of {callers} streams takes CPU time of all processes, µs"] = (
            used / len(late) * 1e6
        )
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
    ours, theirs = socket.socketpair()
    if (asking := os.fork()) == 0:
        ours.close()
        show("asked of another process", measure(SharedModels(theirs), rounds))
        os._exit(0)
    theirs.close()
    here = Here()
    server = ModelServer(here, ours)
    server.start()
    os.waitpid(asking, 0)
    server.close()
    show("asked where they are", measure(here, rounds))


def show(where: str, figures: dict[str, float]) -> None:
    print(where)
    for name, figure in figures.items():
        print(f"  {figure:9.1f}  {name}", flush=True)


if __name__ == "__main__":
    main()
