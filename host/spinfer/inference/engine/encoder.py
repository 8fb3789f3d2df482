"""Embeds a batch of texts on a llama.cpp context. The embedding engine's thread only."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinfer.inference.engine.llama import Batch, Context


class LlamaEncoder:
    """The Encoder over llama.cpp. Owns the context, and closes it."""

    def __init__(self, context: Context, texts: int) -> None:
        self._context = context
        self._batch = Batch(context.batch_tokens, every_row=True)
        self.batch_texts = texts
        self.batch_tokens = context.batch_tokens

    def encode(self, texts: Sequence[array[int]]) -> NDArray[np.float32]:
        """Each text is a sequence of its own, numbered from 0; nothing stays in the cache."""
        self._context.clear()
        self._batch.clear()
        for seq_id, tokens in enumerate(texts):
            self._batch.add(seq_id, 0, tokens)
        self._context.decode(self._batch)
        return np.stack([self._context.embedding(seq_id) for seq_id in range(len(texts))])

    def interrupt(self) -> None:
        self._context.interrupt()

    def close(self) -> None:
        self._context.close()
