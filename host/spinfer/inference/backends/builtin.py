"""The models inside the package as one Backend: one answers prompts, the other embeds texts."""

from __future__ import annotations

from collections.abc import Generator

from spinfer.inference.backend import Backend
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request


class BuiltinBackend:
    """Owns both, and closes both."""

    def __init__(self, chat: Backend, embedding: Backend) -> None:
        self._chat = chat
        self._embedding = embedding

    def __repr__(self) -> str:
        return f"<BuiltinBackend {self._chat!r}, {self._embedding!r}>"

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        return self._chat.stream(request)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        return self._embedding.embed(request)

    def summary(self) -> str:
        return f"built in: {self._chat.summary()}; {self._embedding.summary()}"

    def close(self) -> None:
        self._chat.close()
        self._embedding.close()
