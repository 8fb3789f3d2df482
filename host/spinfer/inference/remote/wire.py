"""What an API for remote models has to offer: the contract of both."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

from spinfer.inference.cancellation import Cancellation
from spinfer.inference.types import Completion, Embeddings, Piece, Request


class Wire(Protocol):
    """One model behind one API. Any thread; raises as a Backend does."""

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        """Pieces as the server sends them, then the Completion."""
        ...

    def embed(self, texts: tuple[str, ...], cancellation: Cancellation) -> Embeddings:
        """At least one text; rows as the server sends them, whatever their norm."""
        ...
