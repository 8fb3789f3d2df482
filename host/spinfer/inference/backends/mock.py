"""A model that answers from a script, for developing and testing apps without one."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from spinfer.config.models import MockConfig, ScriptedError, ScriptedReply
from spinfer.errors import InferenceError, InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
)

_TOKEN = re.compile(r"\s*\S+|\s+")


class MockBackend:
    """The first reply that fits a prompt, word by word; embeddings made from a hash of each text.

    Where the script gives no numbers, a token is a word; `max_tokens` counts words in any case.
    """

    def __init__(self, name: str, config: MockConfig) -> None:
        self._name = name
        self._config = config
        self._closed = threading.Event()
        self._closing: set[threading.Event] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<MockBackend {self._name}: {len(self._config.replies)} replies>"

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        reply = self._reply_to(request.prompt)
        self._wait(request.cancellation, reply.delay_s)
        if reply.error is not None:
            raise _scripted(reply.error)
        words = _TOKEN.findall(reply.text)
        said = words[: request.params.max_tokens]
        for word in said:
            self._wait(request.cancellation, 0)
            yield Piece(word)
        cut = len(said) < len(words)
        counted = len(said) if cut or reply.generated_tokens is None else reply.generated_tokens
        prompt_tokens = len(_TOKEN.findall(request.prompt))
        yield Completion(
            text="".join(said),
            finish_reason=FinishReason.LENGTH if cut else FinishReason.STOP,
            prompt_tokens=prompt_tokens if reply.prompt_tokens is None else reply.prompt_tokens,
            generated_tokens=counted,
            seed=request.seed or 0,
        )

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        self._wait(request.cancellation, 0)
        vectors = np.zeros((len(request.texts), self._config.dimensions), np.float32)
        for row, text in zip(vectors, request.texts, strict=True):
            row[:] = _vector(text, self._config.dimensions)
        return Embeddings(vectors, sum(len(_TOKEN.findall(text)) for text in request.texts))

    def summary(self) -> str:
        return f"a script of {len(self._config.replies)} replies"

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            for event in self._closing:
                event.set()

    def _reply_to(self, prompt: str) -> ScriptedReply:
        for reply in self._config.replies:
            if reply.prompt == prompt or (reply.pattern is not None and re.search(reply.pattern, prompt)):
                return reply
        if self._config.default is not None:
            return ScriptedReply(prompt=prompt, text=self._config.default)
        raise InferenceFailed(
            f"the script of mock model '{self._name}' has no reply to this prompt, and no `default`"
        )

    def _wait(self, cancellation: Cancellation, delay_s: float) -> None:
        """Let the delay pass, unless the caller leaves or the model is closed first."""
        disturbed = threading.Event()
        with self._lock:
            if self._closed.is_set():
                disturbed.set()
            self._closing.add(disturbed)
        try:
            with cancellation.listening(disturbed.set):
                disturbed.wait(delay_s)
        finally:
            with self._lock:
                self._closing.discard(disturbed)
        cancellation.check()
        if self._closed.is_set():
            raise InferenceFailed(f"model '{self._name}' was closed")


def _scripted(error: ScriptedError) -> InferenceError:
    kinds: dict[str, type[InferenceError]] = {
        "model-not-supported": ModelNotSupported,
        "runtime-error": InferenceFailed,
        "invalid-input": InvalidInput,
    }
    return kinds[error.kind](error.message)


def _vector(text: str, dimensions: int) -> NDArray[np.float32]:
    """The same for the same text, wherever it is computed; unit norm."""
    seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "big")
    values = np.random.default_rng(seed).standard_normal(dimensions)
    return np.asarray(values / np.linalg.norm(values), np.float32)
