"""The side that has no models: it asks the process that has them, as if they were its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from spinfer.errors import InferenceFailed, ModelNotSupported
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.sharing.calls import Call, Calls
from spinfer.inference.sharing.messages import Embed, Find, Generate, Question, Summarize, Summary
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request

MOST_NAMES = 1000
"""Names that are remembered: where there is any, guests can think of as many as they like."""


class SharedModels:
    """The models that a ModelServer has at the other end of `connection`, which this owns.

    To be made in the process that asks, after a fork. Every method may be called from any thread, many at
    once. When the other process ends, whatever waits gets InferenceFailed at once, and so do later calls.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._calls = Calls(connection)
        self._known: set[str] = set()

    def __repr__(self) -> str:
        return f"<SharedModels: {self.under_way} requests>"

    @property
    def under_way(self) -> int:
        """Requests that wait for an answer, or for the rest of one."""
        return self._calls.under_way

    def get(self, name: str) -> SharedModel:
        """The other process is asked once for each name that it has.

        Raises ModelNotSupported with its text, or InferenceFailed where it is gone.
        """
        if name not in self._known:
            with self._calls.asked(Find(name), Cancellation()) as call:
                call.hear()
            if len(self._known) >= MOST_NAMES:
                self._known.clear()
            self._known.add(name)
        return SharedModel(name, self._calls, lambda: self._known.discard(name))

    def close(self) -> None:
        """End the connection: requests under way end with InferenceFailed here, and are cancelled there."""
        self._calls.close()


class SharedModel:
    """One name at the other end of `calls`, as a Backend.

    Closing it concerns whoever holds this object: the model itself goes on, and is the other process's to
    close. `vanished` is called where that says there is no such model any more.
    """

    def __init__(self, name: str, calls: Calls, vanished: Callable[[], None]) -> None:
        self._name = name
        self._calls = calls
        self._vanished = vanished
        self._closing = Cancellation()

    def __repr__(self) -> str:
        return f"<SharedModel {self._name}>"

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        question = Generate(self._name, request.prompt, request.params, request.seed, request.streaming)
        with self._asked(question, request.cancellation) as call:
            while isinstance(heard := call.hear(), str):
                yield Piece(heard)
        assert isinstance(heard, Completion), heard
        if heard.text and not request.streaming:
            yield Piece(heard.text)
        yield heard

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        with self._asked(Embed(self._name, request.texts), request.cancellation) as call:
            embeddings = call.hear()
            assert isinstance(embeddings, Embeddings), embeddings
            return embeddings

    def summary(self) -> str:
        with self._asked(Summarize(self._name), Cancellation()) as call:
            summary = call.hear()
            assert isinstance(summary, Summary), summary
            return summary.text

    def close(self) -> None:
        self._closing.cancel()

    @contextmanager
    def _asked(self, question: Question, cancellation: Cancellation) -> Iterator[Call]:
        cancellation.check()
        if self._closing.cancelled:
            raise self._closed()
        try:
            with (
                self._calls.asked(question, cancellation) as call,
                self._closing.listening(lambda: call.fail(self._closed())),
            ):
                yield call
        except ModelNotSupported:
            self._vanished()
            raise

    def _closed(self) -> InferenceFailed:
        return InferenceFailed(f"model '{self._name}' was closed")
