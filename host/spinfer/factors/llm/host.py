"""The calls `infer` and `generate-embeddings`: from the guest's values to a backend's, and back.

They run on the guest's thread and wait there for the model. What a guest must expect to go wrong is a value,
`Err`; `Cancelled` passes through and ends the guest, as nobody is left to answer.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.errors import Cancelled, InferenceError, InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.factors.llm.access import ModelAccess, Models
from spinfer.factors.llm.interface import (
    EmbeddingsResult,
    EmbeddingsUsage,
    InferencingParams,
    InferencingResult,
    InferencingUsage,
)
from spinfer.inference import backend as inference
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.types import EmbeddingRequest, Request, SamplingParams

MAX_RESULT_BYTES = 128 << 20
_BYTES_PER_FLOAT = 4
_MOST_REPORTS = 100

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reported:
    """Models that were asked for in vain and logged: a guest that asks in a loop must not fill the log."""

    seen: set[tuple[str, str]] = field(default_factory=set)

    def first(self, component: str, model: str) -> bool:
        if (component, model) in self.seen or len(self.seen) >= _MOST_REPORTS:
            return False
        self.seen.add((component, model))
        return True


@dataclass(frozen=True, slots=True)
class LlmState:
    """What the calls of one guest instance know."""

    component: str
    access: ModelAccess
    models: Models
    cancellation: Cancellation
    reported: Reported = field(default_factory=Reported)


P = ParamSpec("P")
T = TypeVar("T")


def _answering(call: Callable[P, T]) -> Callable[P, Ok[T] | Err[Case]]:
    """The result of `call` as the WIT result, and what it raises as the WIT `error`."""

    @functools.wraps(call)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Ok[T] | Err[Case]:
        try:
            return Ok(call(*args, **kwargs))
        except Cancelled:
            raise
        except InferenceError as e:
            return Err(_lower(e))

    return answer


def _lower(error: InferenceError) -> Case:
    match error:
        case ModelNotSupported():
            return Case("model-not-supported", None)
        case InvalidInput():
            return Case("invalid-input", str(error))
        case _:
            return Case("runtime-error", str(error))


@_answering
def infer(
    state: LlmState, model: str, prompt: str, params: Some[InferencingParams] | None
) -> InferencingResult:
    backend = _open(state, model)
    request = Request(prompt, _sampling(params), cancellation=state.cancellation)
    done = inference.infer(backend, request)
    _check_size(len(done.text.encode()))
    return InferencingResult(done.text, InferencingUsage(done.prompt_tokens, done.generated_tokens))


@_answering
def generate_embeddings(state: LlmState, model: str, text: Sequence[str]) -> EmbeddingsResult:
    backend = _open(state, model)
    done = backend.embed(EmbeddingRequest(tuple(text), cancellation=state.cancellation))
    _check_size(done.vectors.size * _BYTES_PER_FLOAT)
    return EmbeddingsResult(done.vectors, EmbeddingsUsage(done.prompt_tokens))


def _open(state: LlmState, model: str) -> Backend:
    """The model, if this component may use it. The wording of the refusal is Spin's."""
    if model not in state.access:
        raise InvalidInput(
            f"The component does not have access to use '{model}'. To give the component access, "
            f"add '{model}' to the 'ai_models' key for the component in your spin.toml manifest"
        )
    try:
        return state.models.get(model)
    except ModelNotSupported as e:
        if state.reported.first(state.component, model):
            log.warning("component `%s`: %s", state.component, e)
        raise


def _sampling(params: Some[InferencingParams] | None) -> SamplingParams:
    """The guest's parameters, or Spin's defaults. Raises InvalidInput, naming the field."""
    if params is None:
        return SamplingParams()
    given = params.value
    return SamplingParams(
        max_tokens=given.max_tokens,
        repeat_penalty=given.repeat_penalty,
        repeat_penalty_last_n_token_count=given.repeat_penalty_last_n_token_count,
        temperature=given.temperature,
        top_k=given.top_k,
        top_p=given.top_p,
    )


def _check_size(result_bytes: int) -> None:
    if result_bytes > MAX_RESULT_BYTES:
        raise InferenceFailed(f"query result exceeds limit of {MAX_RESULT_BYTES} bytes")
