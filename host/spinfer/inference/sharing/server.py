"""The side that has the models: it answers what one other process asks."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing
from functools import partial
from typing import Protocol

from spinfer.errors import InferenceError, InferenceFailed, OperatorError
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.catalog import printable
from spinfer.inference.sharing.messages import (
    Embed,
    Failed,
    Find,
    Generate,
    Leave,
    Question,
    Summarize,
    Summary,
)
from spinfer.inference.sharing.threads import RequestThreads
from spinfer.inference.sharing.wire import Wire
from spinfer.inference.types import Completion, EmbeddingRequest, Request

CLOSE_S = 5.0
"""How long closing waits for requests that take their time to end."""

_logger = logging.getLogger(__name__)


class Models(Protocol):
    """The catalog, as far as this module knows it."""

    def get(self, name: str) -> Backend:
        """Any thread. Raises ModelNotSupported."""
        ...


class ModelServer:
    """Answers over `connection`, which it owns, with `models`, which are not its own to close.

    A thread reads what is asked, and never writes; each request has a thread, reused when it is done. When
    the other side is gone, whatever is under way for it is cancelled, and all threads end.
    """

    def __init__(self, models: Models, connection: socket.socket, *, name: str = "model-server") -> None:
        """`name`: what its threads are called."""
        self._models = models
        self._wire = Wire(connection)
        self._threads = RequestThreads(name)
        self._lock = threading.Lock()
        self._under_way: dict[int, Cancellation] = {}
        self._reader = threading.Thread(target=self._read, name=name, daemon=True)

    def __repr__(self) -> str:
        return f"<ModelServer {self._reader.name}: {self.under_way} requests>"

    @property
    def under_way(self) -> int:
        """Requests that are being answered."""
        return len(self._under_way)

    def start(self) -> None:
        """Answer from now on, on threads of its own. Once."""
        self._reader.start()

    def close(self) -> None:
        """End the connection, cancel what is under way, and wait for that a while. Twice is no mistake.

        The other side sees a process that is gone: what waits there fails at once. Any thread but those of
        requests.
        """
        self._wire.end()
        if self._reader.ident is None:
            self._wire.free()
            return
        self._reader.join()
        if not self._threads.join(CLOSE_S):
            _logger.warning("%r: some requests take long to end", self)

    def _read(self) -> None:
        try:
            for call, said in self._wire.messages():
                if isinstance(said, Leave):
                    self._cancel(call)
                else:
                    self._begin(call, said)
                del said  # a prompt may be large, and the next may be long in coming
        except Exception:
            _logger.exception("%r: what was asked cannot be read", self)
        finally:
            self._wire.end()
            with self._lock:
                left = self._under_way.copy()
            for cancellation in left.values():
                cancellation.cancel()
            self._threads.end()
            self._wire.free()

    def _begin(self, call: int, question: Question) -> None:
        cancellation = Cancellation()
        with self._lock:
            self._under_way[call] = cancellation
        try:
            self._threads.run(partial(self._answer, call, question, cancellation))
        except RuntimeError as e:  # no more threads
            self._forget(call)
            self._wire.send((call, _internal_error(question, e)))

    def _cancel(self, call: int) -> None:
        with self._lock:
            cancellation = self._under_way.get(call)
        if cancellation is not None:  # else it has ended by itself meanwhile
            cancellation.cancel()

    def _answer(self, call: int, question: Question, cancellation: Cancellation) -> None:
        try:
            self._wire.send((call, self._last(call, question, cancellation)))
        except (InferenceError, OperatorError) as e:
            self._wire.send((call, Failed.of(e)))
        except Exception as e:  # noqa: BLE001 - it is logged, and the other side hears of it
            self._wire.send((call, _internal_error(question, e)))
        finally:
            self._forget(call)

    def _last(self, call: int, question: Question, cancellation: Cancellation) -> object:
        """What answers the question, or what ends its answer."""
        model = self._models.get(question.model)
        match question:
            case Find():
                return None
            case Summarize():
                return Summary(model.summary())
            case Embed(texts=texts):
                return model.embed(EmbeddingRequest(texts, cancellation))
            case Generate(_, prompt, params, seed, streaming):
                request = Request(prompt, params, seed, cancellation, streaming)
                return self._generate(call, model, request)

    def _generate(self, call: int, model: Backend, request: Request) -> Completion:
        with closing(model.stream(request)) as events:
            for event in events:
                if isinstance(event, Completion):
                    return event
                if request.streaming:
                    self._wire.send((call, event.text))
        raise AssertionError("a stream ends with a Completion")

    def _forget(self, call: int) -> None:
        with self._lock:
            del self._under_way[call]


def _internal_error(question: Question, error: Exception) -> Failed:
    model = printable(question.model)
    _logger.error("model '%s': a request ended in an internal error", model, exc_info=error)
    return Failed.of(InferenceFailed(f"model '{model}' had an internal error; the host's log says which"))
