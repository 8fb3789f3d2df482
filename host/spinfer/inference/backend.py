"""What it takes to be a model: the contract that every backend keeps.

`tests/inference/test_backend_contract.py` runs the same tests against all of them.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Protocol

from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request


class Backend(Protocol):
    """One model, ready to answer. Every method may be called from any thread, many at once."""

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        """Generate: any number of pieces, then exactly one Completion.

        Nothing happens before the first `next()`. Closing the generator, or cancelling
        `request.cancellation`, ends the generation within one decode step.
        Raises InvalidInput, Busy, InferenceFailed, or Cancelled.
        """
        ...

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        """Embed the texts; no texts give an array of shape (0, dimensions).

        Raises InvalidInput (a text longer than the context), InferenceFailed (also for a model that does
        not embed), or Cancelled.
        """
        ...

    def summary(self) -> str:
        """One line for a person: what this is and where it came from."""
        ...

    def close(self) -> None:
        """Free everything; requests under way end with InferenceFailed. Closing twice is no mistake."""
        ...


def infer(backend: Backend, request: Request) -> Completion:
    """The whole generation at once: a fold over the stream."""
    for event in backend.stream(replace(request, streaming=False)):
        if isinstance(event, Completion):
            return event
    raise AssertionError("a stream ends with a Completion")
