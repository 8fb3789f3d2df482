"""`fermyon:spin/llm` as a host declares it: names, versions and types, structure identical to Spin's."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from numpy import float32
from numpy.typing import NDArray

NAME: Final = "fermyon:spin/llm"
VERSIONS: Final = ("2.0.0", None)
"""None: the unversioned form that older SDKs import."""

_PARAMS = (
    "record{max-tokens: u32, repeat-penalty: f32, repeat-penalty-last-n-token-count: u32, "
    "temperature: f32, top-k: u32, top-p: f32}"
)
_ERROR = "variant{model-not-supported, runtime-error(string), invalid-input(string)}"
_RESULT = "record{text: string, usage: record{prompt-token-count: u32, generated-token-count: u32}}"
_EMBEDDINGS = "record{embeddings: list<list<f32>>, usage: record{prompt-token-count: u32}}"

INFER: Final = (
    f"func(model: string, prompt: string, params: option<{_PARAMS}>) -> result<{_RESULT}, {_ERROR}>"
)
GENERATE_EMBEDDINGS: Final = f"func(model: string, text: list<string>) -> result<{_EMBEDDINGS}, {_ERROR}>"


class InferencingParams(Protocol):
    """As it arrives from the guest."""

    @property
    def max_tokens(self) -> int: ...
    @property
    def repeat_penalty(self) -> float: ...
    @property
    def repeat_penalty_last_n_token_count(self) -> int: ...
    @property
    def temperature(self) -> float: ...
    @property
    def top_k(self) -> int: ...
    @property
    def top_p(self) -> float: ...


class InferencingUsage(NamedTuple):
    prompt_token_count: int
    generated_token_count: int


class InferencingResult(NamedTuple):
    text: str
    usage: InferencingUsage


class EmbeddingsUsage(NamedTuple):
    prompt_token_count: int


class EmbeddingsResult(NamedTuple):
    embeddings: NDArray[float32]
    """Of shape (texts, dimensions)."""
    usage: EmbeddingsUsage
