"""How long a piece of a language model's answer takes from the engine to the client that reads it.

The guest is `guest-examples/chat-stream` with the built-in model. `fermyon:spin/llm` gives back whole texts,
so it asks for three tokens at a time, and the first piece can leave once there are three. So it is measured
twice: from the engine's first token to the body's first byte at the client; and from the call's end, which is
what guest and host take to send a piece, whatever the model.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import guests
from bench.engine.say import Unmeasurable
from bench.http.inside import serving
from spinfer.assembly.http import Watch
from spinfer.factors.llm.access import Models
from spinfer.inference.backend import Backend
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request

_TIMES = 9
_QUESTION = b"What is WebAssembly?"
_HEAD = (
    b"POST /api/chat HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    % len(_QUESTION)
)


@dataclass(frozen=True, slots=True)
class Answered:
    """When a call of the model had its first token, and when its last; by `time.monotonic`."""

    first_token_s: float
    complete_s: float


class Stamped:
    """Models that note when each of their answers came."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.answered: list[Answered] = []

    def get(self, name: str) -> Backend:
        return _Stamped(self._models.get(name), self.answered)


class _Stamped:
    def __init__(self, inner: Backend, answered: list[Answered]) -> None:
        self._inner = inner
        self._answered = answered

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        for event in self._inner.stream(request):
            if isinstance(event, Completion):
                first_token_s = event.timings.submitted_s + event.timings.first_token_s
                self._answered.append(Answered(first_token_s, time.monotonic()))
            yield event

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        return self._inner.embed(request)

    def summary(self) -> str:
        return self._inner.summary()

    def close(self) -> None:
        """Whoever owns the model closes it."""


class Chat:
    """The served example. Its client is another process, which does not take the host's time."""

    def __init__(self, port: int, stamps: list[Stamped], client: Executor) -> None:
        self._port = port
        self._stamps = stamps
        self._client = client

    def first_byte_ms(self) -> tuple[float, float]:
        """Milliseconds since the engine's first token, and since its first call's end: medians."""
        asked = [self._ask() for _ in range(_TIMES)]
        since_token, since_end = zip(*asked, strict=True)
        return statistics.median(since_token), statistics.median(since_end)

    def _ask(self) -> tuple[float, float]:
        answered = self._stamps[-1].answered
        answered.clear()
        arrived = self._client.submit(_first_byte, self._port).result()
        first = answered[0]
        return (arrived - first.first_token_s) * 1000, (arrived - first.complete_s) * 1000


@contextmanager
def chat() -> Iterator[Chat]:
    stamps: list[Stamped] = []

    def stamped(models: Models) -> Stamped:
        stamps.append(Stamped(models))
        return stamps[-1]

    with (
        serving(guests.example("chat-stream"), Watch(stamped, lambda guest: guest)) as port,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as client,
    ):
        yield Chat(port, stamps, client)


def _first_byte(port: int) -> float:
    """Ask once, and read all: when the first byte behind the head came. Of a chunk, that is its length's."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(_HEAD + _QUESTION)
        received = b""
        while b"\r\n\r\n" not in received or received.endswith(b"\r\n\r\n"):
            piece = connection.recv(65536)
            if not piece:
                raise Unmeasurable(f"the chat ended early: {received[:200]!r}")
            received += piece
        arrived = time.monotonic()
        if not received.startswith(b"HTTP/1.1 200"):
            raise Unmeasurable(f"the chat answered {received[:200]!r}")
        while connection.recv(65536):
            pass
    return arrived
