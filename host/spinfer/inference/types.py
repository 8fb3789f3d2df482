"""What goes into inference and what comes out: frozen values, no behaviour beyond checking themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from spinfer.errors import InvalidInput
from spinfer.inference.cancellation import Cancellation


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """`inferencing-params` of `fermyon:spin/llm`, with Spin's defaults and our rules (raises InvalidInput).

    Off-switches: `top_k` 0; `repeat_penalty` 0 or 1; `repeat_penalty_last_n_token_count` 0.
    `temperature` at or below 0 is greedy: apps written for Spin rely on it, so a negative one is no mistake.
    """

    max_tokens: int = 100
    repeat_penalty: float = 1.1
    repeat_penalty_last_n_token_count: int = 64
    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.9
    grammar: str | None = None
    """GBNF that the answer keeps to, from its rule `root` on. The operator's: a guest cannot send one."""

    def __post_init__(self) -> None:
        for name in ("repeat_penalty", "temperature", "top_p"):
            value = getattr(self, name)
            if not math.isfinite(value):
                raise InvalidInput(f"{_wit(name)} is {value}: it must be a finite number")
        for name in ("max_tokens", "repeat_penalty", "repeat_penalty_last_n_token_count", "top_k", "top_p"):
            value = getattr(self, name)
            if value < 0:
                raise InvalidInput(f"{_wit(name)} is {value:g}: it must not be negative")
        if self.top_p > 1:
            raise InvalidInput(f"top-p is {self.top_p:g}: it must be between 0 and 1")

    @property
    def greedy(self) -> bool:
        return self.temperature <= 0

    @property
    def penalizes(self) -> bool:
        return self.repeat_penalty not in (0, 1) and self.repeat_penalty_last_n_token_count > 0


def _wit(name: str) -> str:
    return name.replace("_", "-")


class FinishReason(Enum):
    """Why a generation ended."""

    STOP = "stop"
    """An end-of-generation token, or a stop string (neither is part of the text)."""
    LENGTH = "length"
    """`max_tokens` were generated, or the context is full."""


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt to continue. Cancelling `cancellation` ends it within one decode step."""

    prompt: str
    params: SamplingParams = field(default_factory=SamplingParams)
    seed: int | None = None
    """None: the model's own seed, or a random one that the Completion reports."""
    cancellation: Cancellation = field(default_factory=Cancellation)
    streaming: bool = True
    """False: pieces may come late and many at once, since only the Completion is waited for."""


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts to embed together."""

    texts: tuple[str, ...]
    cancellation: Cancellation = field(default_factory=Cancellation)


@dataclass(frozen=True, slots=True)
class Timings:
    """Where one request's time went, in seconds of a monotonic clock."""

    queued_s: float = 0.0
    """From submitting to the first of its tokens in a batch."""
    first_token_s: float = 0.0
    """From submitting to the first generated token (TTFT); 0 when none was generated."""
    decode_s: float = 0.0
    """From the first generated token to the last."""
    submitted_s: float = 0.0
    """When it was submitted, by `time.monotonic`; a request that never reached an engine has 0."""
    tokens_s: tuple[float, ...] = ()
    """From submitting to each generated token, in their order."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of generated text: whole UTF-8 characters, never empty, never part of a stop string."""

    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of a generation. `text` is every piece joined, never the prompt.

    `generated_tokens` does not count the end-of-generation token; `cached_prompt_tokens` of the
    `prompt_tokens` were already in the KV cache. `tokens` are the generated ones, where the model has any.
    """

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    generated_tokens: int
    cached_prompt_tokens: int = 0
    seed: int = 0
    timings: Timings = field(default_factory=Timings)
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Embeddings:
    """`vectors`: float32 of shape (texts, dimensions), rows of unit norm, in the order of the texts.

    `prompt_tokens` is the sum over all texts, without padding.
    """

    vectors: NDArray[np.float32]
    prompt_tokens: int
