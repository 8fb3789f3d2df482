"""all-MiniLM-L6-v2, converted: its vectors and tokens are those of the published model."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from conversion.reference_bert import reference_vectors
from conversion.texts import two_hundred
from conversion.wordpiece import WordPiece, read_vocabulary
from spinfer.config.models import ModelConfig
from spinfer.errors import InvalidInput
from spinfer.inference.backend import Backend
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import EmbeddingRequest

NAME = "all-minilm-l6-v2"
LEAST_COSINE = 0.999
LEAST_COSINE_BATCHED = 0.9999
CONTEXT = 256


@pytest.fixture(scope="module")
def backend(minilm_gguf: Path) -> Iterator[Backend]:
    catalog = Catalog({NAME: ModelConfig(path=minilm_gguf, threads=1)})
    yield catalog.get(NAME)
    catalog.close()


@pytest.fixture(scope="module")
def tokenizer(minilm: Path) -> WordPiece:
    return WordPiece(read_vocabulary(minilm))


@pytest.fixture(scope="module")
def alone(backend: Backend) -> np.ndarray:
    """The vectors of the two hundred texts, each asked for by itself."""
    return np.concatenate([backend.embed(EmbeddingRequest((text,))).vectors for text in two_hundred()])


def test_vectors_are_those_of_the_published_weights(
    minilm: Path, tokenizer: WordPiece, alone: np.ndarray
) -> None:
    texts = two_hundred()
    expected = reference_vectors(minilm, [tokenizer.encode(text) for text in texts])
    cosines = (expected * alone).sum(axis=1)
    assert len(set(texts)) == 200
    assert alone.shape == (200, 384)
    worst = int(cosines.argmin())
    assert cosines[worst] >= LEAST_COSINE, repr(texts[worst])


def test_a_batch_has_the_vectors_of_its_texts(
    backend: Backend, tokenizer: WordPiece, alone: np.ndarray
) -> None:
    texts = two_hundred()
    together = backend.embed(EmbeddingRequest(texts))
    assert (alone * together.vectors).sum(axis=1).min() >= LEAST_COSINE_BATCHED
    assert together.prompt_tokens == sum(len(tokenizer.encode(text)) for text in texts)


def test_similar_texts_are_close(backend: Backend) -> None:
    texts = ("A man is eating food.", "A man eats a meal.", "The stock market fell sharply.")
    food, meal, market = backend.embed(EmbeddingRequest(texts)).vectors
    assert food @ meal > 0.7
    assert food @ market < 0.2


def test_texts_are_as_long_as_sentence_transformers_takes_them(backend: Backend) -> None:
    most = CONTEXT - 2
    assert backend.embed(EmbeddingRequest(("word " * most,))).prompt_tokens == CONTEXT
    with pytest.raises(InvalidInput, match=r"text 1 has 257 tokens, .* holds 256"):
        backend.embed(EmbeddingRequest(("word " * (most + 1),)))


def test_a_truncated_text_is_cut_where_sentence_transformers_cuts_it(
    minilm: Path, minilm_gguf: Path, tokenizer: WordPiece
) -> None:
    text = "a text that goes on and on, " * 60
    tokens = tokenizer.encode(text)
    (expected,) = reference_vectors(minilm, [[*tokens[: CONTEXT - 1], tokens[-1]]])
    catalog = Catalog({NAME: ModelConfig(path=minilm_gguf, threads=1, truncate=True)})
    try:
        (vector,) = catalog.get(NAME).embed(EmbeddingRequest((text,))).vectors
    finally:
        catalog.close()
    assert expected @ vector >= LEAST_COSINE


def test_the_file_is_half_as_large(minilm: Path, minilm_gguf: Path) -> None:
    assert minilm_gguf.stat().st_size < 0.51 * (minilm / "model.safetensors").stat().st_size
