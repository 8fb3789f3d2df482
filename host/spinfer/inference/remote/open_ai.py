"""The API of OpenAI, as vLLM, llama-server, Ollama and others serve it: completions and embeddings."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping

from spinfer.errors import InferenceFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.remote import open_ai_request, reading
from spinfer.inference.remote.events import data_of_events
from spinfer.inference.remote.open_ai_answer import DONE, BrokenOff, Tally
from spinfer.inference.remote.open_ai_request import Asking
from spinfer.inference.remote.reading import Unreadable
from spinfer.inference.remote.server import Refused, Server
from spinfer.inference.types import Completion, Embeddings, Piece, Request
from spinfer.web.client import Answer

VERSION = "/v1"
CHAT = "/chat/completions"
COMPLETIONS = "/completions"
EMBEDDINGS = "/embeddings"


class OpenAiApi:
    """A model behind it. What the server was found not to know is left out from then on."""

    def __init__(self, server: Server, asking: Asking, url: str) -> None:
        self._server = server
        self._asking = asking
        self._prefix = "" if url.endswith(VERSION) else VERSION
        self._left_out: frozenset[str] = frozenset()

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        path = self._prefix + (COMPLETIONS if self._asking.raw else CHAT)
        left_out = self._left_out
        while True:
            content = open_ai_request.content(request, self._asking, left_out)
            try:
                with self._server.post(path, content, request.cancellation) as answer:
                    self._leave_out(left_out)
                    yield from self._read(path, answer, request)
            except Refused as e:
                unknown = open_ai_request.refused_names(e.said, content)
                if e.status != 400 or not unknown:
                    raise self._server.failed(e, path) from e
                left_out |= unknown
            else:
                return

    def embed(self, texts: tuple[str, ...], cancellation: Cancellation) -> Embeddings:
        path = self._prefix + EMBEDDINGS
        content = {"model": self._asking.model, "input": texts, "encoding_format": "float"}
        try:
            with self._server.post(path, content, cancellation) as answer:
                return _embeddings(reading.table(answer.read()), len(texts))
        except Refused as e:
            raise self._server.failed(e, path) from e
        except Unreadable as e:
            raise self._server.nonsense(path) from e

    def _read(self, path: str, answer: Answer, request: Request) -> Generator[Piece | Completion, None, None]:
        tally = Tally()
        silent = request.params.max_tokens == 0
        for event in self._events(path, answer):
            try:
                piece = tally.add(event)
            except Unreadable as e:
                raise self._server.nonsense(path) from e
            except BrokenOff as e:
                self._server.report(f"it broke off: {e}")
                raise InferenceFailed("the model's server broke off its answer") from e
            if piece and not silent:
                yield Piece(piece)
                request.cancellation.check()
        yield tally.completion(request, open_ai_request.seed_of(request, self._asking))

    def _events(self, path: str, answer: Answer) -> Iterator[Mapping[str, object]]:
        """The events of a stream; the only table of an answer that is none."""
        try:
            if answer.content_type != "text/event-stream":
                yield reading.table(answer.read())
                return
            for data in data_of_events(answer.pieces()):
                if data == DONE:
                    return
                yield reading.table(data)
        except Unreadable as e:
            raise self._server.nonsense(path) from e

    def _leave_out(self, names: frozenset[str]) -> None:
        new = names - self._left_out
        if new:
            self._left_out |= new
            self._server.report(f"its server does not know {', '.join(sorted(new))}: left out from now on")


def _embeddings(answer: Mapping[str, object], expected: int) -> Embeddings:
    """Raises Unreadable. Rows may come in any order; each says which it is."""
    data = answer.get("data")
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise Unreadable("no data")
    rows = sorted(data, key=lambda row: reading.count(row, "index") or 0)
    vectors = reading.vectors([row.get("embedding") for row in rows], expected)
    return Embeddings(vectors, reading.count(answer.get("usage"), "prompt_tokens") or 0)
