"""How long a piece of a language model's answer takes from the engine to the client that reads it.

The guest is `guest-examples/chat-stream` with the built-in model. `fermyon:spin/llm` gives back whole texts,
so it asks for three tokens at a time, and asks for the second piece before it lets go of the first: nothing
can leave before the engine's second answer. So it is measured twice: from that one to the body's first byte
at the client, which is what guest and host take to send a piece; and from the engine's first.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import guests
from bench.engine.say import Unmeasurable
from bench.http.inside import serving
from spinfer.assembly.http import Watch
from spinfer.factors.llm.access import Models
from spinfer.inference.backend import Backend
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request

_QUESTION = b"What is WebAssembly?"
_HEAD = (
    b"POST /api/chat HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    % len(_QUESTION)
)


class Stamped:
    """Models that note when each of their answers is complete."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.answered: list[float] = []

    def get(self, name: str) -> Backend:
        return _Stamped(self._models.get(name), self.answered)


class _Stamped:
    def __init__(self, inner: Backend, answered: list[float]) -> None:
        self._inner = inner
        self._answered = answered

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        for event in self._inner.stream(request):
            if isinstance(event, Completion):
                self._answered.append(time.perf_counter())
            yield event

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        return self._inner.embed(request)

    def summary(self) -> str:
        return self._inner.summary()

    def close(self) -> None:
        """Whoever owns the model closes it."""


class Chat:
    """The served example."""

    def __init__(self, port: int, stamps: list[Stamped]) -> None:
        self._port = port
        self._stamps = stamps

    def first_byte_ms(self) -> tuple[float, float]:
        """Asks once: milliseconds since the engine's second answer, and since its first."""
        answered = self._stamps[-1].answered
        answered.clear()
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as connection:
            connection.sendall(_HEAD + _QUESTION)
            arrived = _first_byte(connection)
            while connection.recv(65536):
                pass
        first, second, *_ = answered
        return (arrived - second) * 1000, (arrived - first) * 1000


@contextmanager
def chat() -> Iterator[Chat]:
    stamps: list[Stamped] = []

    def stamped(models: Models) -> Stamped:
        stamps.append(Stamped(models))
        return stamps[-1]

    with serving(guests.example("chat-stream"), Watch(stamped, lambda guest: guest)) as port:
        yield Chat(port, stamps)


def _first_byte(connection: socket.socket) -> float:
    """When the first byte behind the head was read: of a chunk, its length comes first."""
    received = b""
    while b"\r\n\r\n" not in received or received.endswith(b"\r\n\r\n"):
        piece = connection.recv(65536)
        if not piece:
            raise Unmeasurable(f"the chat ended early: {received[:200]!r}")
        received += piece
    if not received.startswith(b"HTTP/1.1 200"):
        raise Unmeasurable(f"the chat answered {received[:200]!r}")
    return time.perf_counter()
