"""A model that runs elsewhere: the same promises as of one that runs here, over either API."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

import numpy as np

from spinfer.config.remote import RemoteConfig
from spinfer.errors import InferenceFailed
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.remote.open_ai import OpenAiApi
from spinfer.inference.remote.open_ai_request import Asking
from spinfer.inference.remote.server import Server
from spinfer.inference.remote.spin_api import SpinApi
from spinfer.inference.remote.wire import Wire
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request, Timings
from spinfer.web.client import WebClient

_logger = logging.getLogger(__name__)


class RemoteBackend:
    """Asks over `web`, which is not its own to close. Nothing is asked before the first request."""

    def __init__(self, name: str, config: RemoteConfig, asking: Asking, web: WebClient) -> None:
        self._name = name
        self._config = config
        self._closing = Cancellation()
        server = Server(name, config, web, self._closing)
        self._wire: Wire = (
            OpenAiApi(server, asking, config.url)
            if config.api == "open_ai"
            else SpinApi(server, asking.model)
        )
        self._dimensions: int | None = None

    def __repr__(self) -> str:
        return f"<RemoteBackend {self._name} at {self._config.url}>"

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        self._check(request.cancellation)
        submitted_s, first_s = time.monotonic(), 0.0
        with closing(self._wire.stream(request)) as events:
            for event in events:
                now_s = time.monotonic() - submitted_s
                if isinstance(event, Piece):
                    first_s = first_s or now_s
                    yield event
                else:
                    timings = Timings(
                        first_token_s=first_s,
                        decode_s=now_s - first_s if first_s else 0.0,
                        submitted_s=submitted_s,
                    )
                    self._log(event, now_s)
                    yield replace(event, timings=timings)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        self._check(request.cancellation)
        if not request.texts:
            return self._none(request.cancellation)
        found = self._wire.embed(request.texts, request.cancellation)
        self._dimensions = found.vectors.shape[1]
        norms = np.linalg.norm(found.vectors, axis=1, keepdims=True)
        norms[norms == 0] = 1
        return Embeddings(found.vectors / norms, found.prompt_tokens)

    def summary(self) -> str:
        return f"at {self._config.url}"

    def close(self) -> None:
        self._closing.cancel()

    def _check(self, cancellation: Cancellation) -> None:
        cancellation.check()
        if self._closing.cancelled:
            raise InferenceFailed(f"model '{self._name}' was closed")

    def _log(self, done: Completion, took_s: float) -> None:
        _logger.info(
            "model '%s': %d prompt tokens (%d cached), %d generated, %s; answered from elsewhere in %.3f s",
            *(self._name, done.prompt_tokens, done.cached_prompt_tokens, done.generated_tokens),
            *(done.finish_reason.value, took_s),
        )

    def _none(self, cancellation: Cancellation) -> Embeddings:
        """For no texts: how long a vector is must be seen once."""
        if self._dimensions is None:
            self._dimensions = self._wire.embed(("a",), cancellation).vectors.shape[1]
        return Embeddings(np.zeros((0, self._dimensions), np.float32), 0)
