"""The built-in models, loaded once, and the generator that taught them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import llama_cpp
import pytest
from llama_cpp import Llama

from spinfer.builtin import CHAT_MODEL, EMBEDDING_MODEL

TRAINING = Path(__file__).parents[2] / "host" / "training"
sys.path.append(str(TRAINING))  # at the end: its plain module names must not hide others


@pytest.fixture(scope="session")
def chat() -> Iterator[Llama]:
    """The chat model, on one thread."""
    llama = Llama(str(CHAT_MODEL), n_ctx=1024, n_threads=1, n_threads_batch=1, verbose=False)
    yield llama
    llama.close()


@pytest.fixture(scope="session")
def embedding() -> Iterator[Llama]:
    """The embedding model, pooling as its file says."""
    llama = Llama(
        str(EMBEDDING_MODEL),
        embedding=True,
        n_ctx=256,
        n_threads=1,
        n_threads_batch=1,
        pooling_type=llama_cpp.LLAMA_POOLING_TYPE_UNSPECIFIED,
        verbose=False,
    )
    yield llama
    llama.close()
