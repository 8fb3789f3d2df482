"""Spin's own API for remote models: `POST /infer` and `POST /embed`, whole answers.

It has no word for seeds, which are passed over, for stop strings and for streams.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from spinfer.inference.cancellation import Cancellation
from spinfer.inference.remote import reading
from spinfer.inference.remote.reading import Unreadable
from spinfer.inference.remote.server import Refused, Server
from spinfer.inference.types import Completion, Embeddings, FinishReason, Piece, Request, SamplingParams

INFER = "/infer"
EMBED = "/embed"


class SpinApi:
    """A model behind it. `model`: its name there."""

    def __init__(self, server: Server, model: str) -> None:
        self._server = server
        self._model = model

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        nothing = request.params.max_tokens == 0
        answer = self._infer(request)
        if nothing:
            yield replace(answer, text="", finish_reason=FinishReason.LENGTH, generated_tokens=0)
            return
        if answer.text:
            yield Piece(answer.text)
            request.cancellation.check()
        yield answer

    def embed(self, texts: tuple[str, ...], cancellation: Cancellation) -> Embeddings:
        content = {"model": self._model, "input": texts}
        answer = self._ask(EMBED, content, cancellation)
        try:
            embeddings = reading.table(answer)
            rows = embeddings.get("embeddings")
            vectors = reading.vectors(rows if isinstance(rows, list) else [], len(texts))
        except Unreadable as e:
            raise self._server.nonsense(EMBED) from e
        return Embeddings(vectors, reading.count(embeddings.get("usage"), "promptTokenCount") or 0)

    def _infer(self, request: Request) -> Completion:
        """At least one token is asked for, as the prompt's are counted only then."""
        content = {"model": self._model, "prompt": request.prompt, "options": _options(request.params)}
        answer = self._ask(INFER, content, request.cancellation)
        try:
            inference = reading.table(answer)
            text = reading.text(inference.get("text"))
        except Unreadable as e:
            raise self._server.nonsense(INFER) from e
        usage = inference.get("usage")
        generated = reading.count(usage, "generatedTokenCount") or 0
        cut = generated >= request.params.max_tokens
        return Completion(
            text,
            FinishReason.LENGTH if cut else FinishReason.STOP,
            reading.count(usage, "promptTokenCount") or 0,
            generated,
            seed=request.seed or 0,
        )

    def _ask(self, path: str, content: object, cancellation: Cancellation) -> bytes:
        try:
            with self._server.post(path, content, cancellation) as answer:
                return answer.read()
        except Refused as e:
            raise self._server.failed(e, path) from e


def _options(params: SamplingParams) -> dict[str, float]:
    return {
        "maxTokens": params.max_tokens or 1,
        "repeatPenalty": params.repeat_penalty,
        "repeatPenaltyLastNTokenCount": params.repeat_penalty_last_n_token_count,
        "temperature": params.temperature,
        "topK": params.top_k,
        "topP": params.top_p,
    }
