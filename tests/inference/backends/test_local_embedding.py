"""What a GGUF file that embeds answers, beyond what every backend does."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fakes.engine_model import RuleEncoder
from fakes.tiny_model import write_llama
from spinfer.errors import Cancelled, InferenceFailed, InvalidInput
from spinfer.inference.backends.local import Answering, open_local
from spinfer.inference.backends.local_embedding import LocalEmbedder
from spinfer.inference.engine.embedding import EmbeddingEngine
from spinfer.inference.engine.llama import Model
from spinfer.inference.engine.load import Loaded, LoadedEmbedder
from spinfer.inference.engine.thread import EngineThread
from spinfer.inference.types import EmbeddingRequest, Request

Load = Callable[..., Loaded]


def test_a_model_that_embeds_does_not_generate(loading: Load, tiny_bert: Path) -> None:
    backend = open_local("m", loading(tiny_bert), Answering())
    stream = backend.stream(Request("a"))
    with pytest.raises(InferenceFailed, match="model 'm' embeds text; it does not generate it"):
        next(stream)


def test_a_text_beyond_the_context(loading: Load, tiny_bert: Path) -> None:
    backend = open_local("m", loading(tiny_bert), Answering())
    with pytest.raises(InvalidInput) as caught:
        backend.embed(EmbeddingRequest(("cat", "cat " * 70)))
    assert str(caught.value) == "text 2 has 72 tokens, the context of model 'm' holds 64"


def test_a_text_beyond_the_context_cut_where_that_is_wanted(loading: Load, tiny_bert: Path) -> None:
    loaded = loading(tiny_bert)
    backend = open_local("m", loaded, Answering(truncate=True))
    cut = backend.embed(EmbeddingRequest(("cat " * 70,)))
    fits = backend.embed(EmbeddingRequest(("cat " * 62,)))
    assert cut.prompt_tokens == fits.prompt_tokens == 64
    assert cut.vectors[0] @ fits.vectors[0] > 0.9999, "the separator at the end is kept"
    huge = backend.embed(EmbeddingRequest(("cat " * 250_000,)))
    assert huge.vectors[0] @ fits.vectors[0] > 0.9999


def test_a_decoder_embeds_each_text_by_itself(tmp_path: Path, loading: Load) -> None:
    path = write_llama(tmp_path / "m.gguf", metadata={"llama.pooling_type": 3})
    backend = open_local("m", loading(path), Answering())
    texts = ("the cat", "a dog ran", "the cat", "x" * 300)
    together = backend.embed(EmbeddingRequest(texts)).vectors
    for row, text in zip(together, texts, strict=True):
        assert row @ backend.embed(EmbeddingRequest((text,))).vectors[0] > 0.9999
    assert together[0] @ together[1] < 0.9999


class GatedEncoder(RuleEncoder):
    """Two texts a batch; the second batch waits until it is let go."""

    def __init__(self) -> None:
        super().__init__(batch_tokens=64, batch_texts=2)
        self.entered, self.gate = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[array[int]]) -> NDArray[np.float32]:
        if self.batches:
            self.entered.set()
            assert self.gate.wait(30)
        return super().encode(texts)


def test_embedding_is_cancelled_between_batches(tiny_bert: Path) -> None:
    encoder = GatedEncoder()
    thread = EngineThread("m", EmbeddingEngine(encoder), places=2, queue=2)
    backend = LocalEmbedder("m", LoadedEmbedder(tiny_bert, Model(tiny_bert), 64, thread))
    request = EmbeddingRequest(("cat",) * 20)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(backend.embed, request)
        assert encoder.entered.wait(30)
        request.cancellation.cancel()
        with pytest.raises(Cancelled):
            asked.result(30)
    encoder.gate.set()
    backend.embed(EmbeddingRequest(("dog", "cat")))
    assert backend.counters.embedded_texts == 2 + 2 + 2, "two batches of the one that left, and the other"
    assert (backend.counters.finished, backend.counters.cancelled) == (1, 1)
    backend.close()
