"""What a model file says of itself, and what it is good for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Purpose(Enum):
    """What a model is made for."""

    GENERATE = "generate text"
    EMBED = "embed text"
    NEITHER = "neither"


class Pooling(Enum):
    """How the vectors of a text's tokens become one; the values are llama.cpp's."""

    NONE = 0
    MEAN = 1
    CLS = 2
    LAST = 3
    RANK = 4


SMALL_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One GGUF file. `metadata` holds its keys as text, but for long arrays."""

    description: str
    bytes: int
    trained_context: int
    dimensions: int
    """Length of its embeddings."""
    layers: int
    width: int
    heads: int
    cached_heads: int
    """Heads whose keys and values are kept; fewer than `heads` where several share one."""
    vocabulary: int
    adds_bos: bool
    bos: str
    eos: str
    chat_template: str | None
    is_recurrent: bool
    """It keeps a state instead of a cache, so a sequence cannot begin in the middle of another."""
    needs_encoder: bool
    """It answers with the help of an encoder's output (T5), or is not a language model by itself."""
    metadata: dict[str, str]

    def architecture_value(self, key: str) -> str | None:
        """A value that the file stores under its architecture's name."""
        return self.metadata.get(f"{self.metadata.get('general.architecture')}.{key}")

    @property
    def cache_bytes_per_token(self) -> int:
        """Of a KV cache in half precision, as llama.cpp makes them."""
        head = self.width // max(1, self.heads)
        lengths = (self.architecture_value(f"attention.{kind}_length") for kind in ("key", "value"))
        return 2 * self.layers * self.cached_heads * sum(int(length or head) for length in lengths)

    @property
    def window(self) -> int | None:
        """How far back its layers look, all or some of them; None: to the beginning."""
        stated = self.architecture_value("attention.sliding_window")
        return int(stated) or None if stated else None

    @property
    def small(self) -> bool:
        """So small that a second thread slows it down: see machine.threads_for."""
        return self.bytes < SMALL_BYTES

    @property
    def causal(self) -> bool:
        return self.architecture_value("attention.causal") != "false"

    @property
    def pooling(self) -> Pooling:
        """As the file says; an encoder that does not say is pooled by its mean."""
        stated = self.architecture_value("pooling_type")
        if stated in {str(pooling.value) for pooling in Pooling if pooling is not Pooling.NONE}:
            return Pooling(int(stated))
        return Pooling.NONE if self.causal else Pooling.MEAN

    @property
    def purpose(self) -> Purpose:
        """Decoders that were made for embedding say how they are pooled; those for answering do not."""
        if self.needs_encoder or self.pooling is Pooling.RANK:
            return Purpose.NEITHER
        return Purpose.GENERATE if self.pooling is Pooling.NONE else Purpose.EMBED
