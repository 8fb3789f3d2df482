"""A GGUF file that embeds, as a Backend: texts in, vectors out, through the engine's thread.

Tokenizing happens here, on the caller's thread.
"""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Generator

import numpy as np

from spinfer.errors import Cancelled, InferenceFailed, InvalidInput
from spinfer.inference.engine.counters import Counters
from spinfer.inference.engine.embedding import Embedded, EmbeddingJob
from spinfer.inference.engine.handle import AlreadyClosed
from spinfer.inference.engine.llama import Model
from spinfer.inference.engine.load import LoadedEmbedder
from spinfer.inference.engine.sequence import Failed
from spinfer.inference.engine.tokens import Tokenized, tokenize_up_to
from spinfer.inference.engine.wordpiece import BEGINS, SLACK, WordPiece, casing_of
from spinfer.inference.types import Completion, EmbeddingRequest, Embeddings, Piece, Request

_logger = logging.getLogger(__name__)

_BERTS_UNKNOWN = 100
"""The number of [UNK] in the vocabularies that BERT was published with, which llama.cpp takes by default."""


class LocalEmbedder:
    """A Backend that embeds texts; `truncate` takes the beginning of those that are too long.

    Closing it closes what it was given.
    """

    def __init__(self, name: str, loaded: LoadedEmbedder, *, truncate: bool = False) -> None:
        self._name = name
        self._loaded = loaded
        self._truncate = truncate
        self._wordpiece = wordpiece_of(loaded.model)

    def __repr__(self) -> str:
        return f"<LocalEmbedder {self._name}: {self._loaded.path}>"

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        yield from ()  # a generator, so that it raises where every other backend does: at the first next()
        raise InferenceFailed(f"model '{self._name}' embeds text; it does not generate it")

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        try:
            return self._embed(request)
        except AlreadyClosed as e:
            raise InferenceFailed(f"model '{self._name}' was closed") from e

    @property
    def counters(self) -> Counters:
        """What the loaded model has done so far, under whatever name it was asked; a copy."""
        return self._loaded.thread.counters

    def summary(self) -> str:
        info = self._loaded.model.info
        return f"{info.description}, {info.dimensions} dimensions, from {self._loaded.path}"

    def close(self) -> None:
        self._loaded.close()

    def _embed(self, request: EmbeddingRequest) -> Embeddings:
        texts = tuple(self._tokenize(n, text, request) for n, text in enumerate(request.texts, 1))
        if not texts:
            return Embeddings(np.zeros((0, self._loaded.model.info.dimensions), np.float32), 0)
        began = time.monotonic()
        job = EmbeddingJob(texts)
        leave = job.outbox.put
        with (
            self._loaded.thread.submitted(job),
            request.cancellation.listening(lambda: leave(Failed(Cancelled("the caller has left")))),
        ):
            match job.outbox.get():
                case Failed(error):
                    raise error
                case Embedded(vectors):
                    return self._report(Embeddings(vectors, sum(map(len, texts))), began)

    def _tokenize(self, number: int, text: str, request: EmbeddingRequest) -> array[int]:
        request.cancellation.check()
        limit = self._loaded.context_tokens
        found = self._tokens_up_to(limit, text)
        if not found.tokens:
            raise InvalidInput(f"text {number} is empty, and model '{self._name}' needs at least one token")
        if found.total <= limit:
            return found.tokens
        if not self._truncate:
            raise InvalidInput(
                f"text {number} has {found.count} tokens, the context of model '{self._name}' holds {limit}"
            )
        return found.tokens[: limit - 1] + found.tokens[-1:]  # the last one closes the text

    def _tokens_up_to(self, limit: int, text: str) -> Tokenized:
        if self._wordpiece is not None:
            return tokenize_up_to(limit, text, self._wordpiece.encode, slack=SLACK)
        model = self._loaded.model
        return tokenize_up_to(limit, text, lambda part: model.tokenize(part, special=False))

    def _report(self, embeddings: Embeddings, began: float) -> Embeddings:
        _logger.info(
            "model '%s': %d texts embedded, %d tokens, in %.3f s",
            self._name,
            len(embeddings.vectors),
            embeddings.prompt_tokens,
            time.monotonic() - began,
        )
        return embeddings


def wordpiece_of(model: Model) -> WordPiece | None:
    """BERT's own tokenizer, where the file has a vocabulary for it: llama.cpp's misreads some texts."""
    metadata = model.info.metadata
    around = model.tokenize("", special=False)
    if metadata.get("tokenizer.ggml.model") != "bert" or len(around) != 2:
        return None
    # what llama.cpp gives for a piece: blanks for ▁, and for one that only steers, nothing
    texts = (model.piece(token).decode("utf-8", "replace") for token in range(model.info.vocabulary))
    return WordPiece(
        [(token, text.replace(" ", BEGINS)) for token, text in enumerate(texts) if text],
        cls=around[0],
        separator=around[1],
        unknown=int(metadata.get("tokenizer.ggml.unknown_token_id", _BERTS_UNKNOWN)),
        casing=casing_of(metadata),
    )
