"""A model elsewhere that gives its answer a piece a request, and holds back the rest until it is let."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from apps.serving import FAR
from fakes.model_servers import model_server
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, FinishReason, Piece, Request


class HeldAnswer:
    """A Backend that holds back all but its first piece. A request that gets nothing is its answer's end."""

    def __init__(self, pieces: tuple[str, ...]) -> None:
        self.go_on = threading.Event()
        self._pieces = pieces
        self._given = 0

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        if self._given == 1:
            assert self.go_on.wait(FAR), "nobody lets it go on"
        text = "".join(self._pieces[self._given : self._given + 1])
        self._given += 1
        if text:
            yield Piece(text)
        tokens = request.params.max_tokens if text else 0
        yield Completion(text, FinishReason.LENGTH if text else FinishReason.STOP, 1, tokens)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        raise NotImplementedError

    def summary(self) -> str:
        return "holds its answer back"

    def close(self) -> None:
        self.go_on.set()


@contextmanager
def holding(app: Path, *pieces: str) -> Iterator[threading.Event]:
    """`llama2-chat`, for the app in this folder; it goes on once the event is set."""
    backend = HeldAnswer(pieces)
    with model_server(backend) as (_, server):
        source = f'{{ url = "http://{server.authority}", api = "spin", key = "k" }}'
        (app / "spinfer.toml").write_text(f"[models.llama2-chat]\nremote = {source}\n")
        try:
            yield backend.go_on
        finally:
            backend.go_on.set()
