"""The calls, alone: policy, parameters, sizes and errors, with a backend that answers by script."""

import logging
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pytest

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.errors import Busy, Cancelled, InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.factors.llm import host
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.host import LlmState, generate_embeddings, infer
from spinfer.inference.backend import Backend
from spinfer.inference.cancellation import Cancellation
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
    SamplingParams,
)

DENIED = (
    "The component does not have access to use 'secret'. To give the component access, "
    "add 'secret' to the 'ai_models' key for the component in your spin.toml manifest"
)


class Params(NamedTuple):
    """As the record arrives."""

    max_tokens: int = 7
    repeat_penalty: float = 1.0
    repeat_penalty_last_n_token_count: int = 3
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0


@dataclass
class Scripted:
    """Answers `text` or raises `error`, and remembers what it was asked."""

    text: str = "fine"
    error: Exception | None = None
    vectors: Any = field(default_factory=lambda: np.ones((2, 3), np.float32))
    asked: list[Request | EmbeddingRequest] = field(default_factory=list)

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        self.asked.append(request)
        if self.error:
            raise self.error
        yield Piece(self.text)
        yield Completion(self.text, FinishReason.STOP, prompt_tokens=5, generated_tokens=2)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        self.asked.append(request)
        if self.error:
            raise self.error
        return Embeddings(self.vectors, prompt_tokens=9)

    def summary(self) -> str:
        return "scripted"

    def close(self) -> None: ...


@dataclass
class Catalog:
    models: dict[str, Backend]

    def get(self, name: str) -> Backend:
        try:
            return self.models[name]
        except KeyError:
            raise ModelNotSupported(f"no model `{name}`; there is: m") from None


def state_of(backend: Backend, **options: Any) -> LlmState:
    access = ModelAccess(frozenset({"m", "unknown"}))
    return LlmState("web", options.pop("access", access), Catalog({"m": backend}), Cancellation(), **options)


def test_infer_answers_with_text_and_usage() -> None:
    state = state_of(backend := Scripted("Paris"))
    answer = infer(state, "m", "Capital of France?", None)
    assert answer == Ok(("Paris", (5, 2)))
    assert isinstance(answer, Ok)
    assert answer.value.usage.prompt_token_count == 5
    assert answer.value.usage.generated_token_count == 2
    (request,) = backend.asked
    assert isinstance(request, Request)
    assert request.prompt == "Capital of France?"
    assert request.cancellation is state.cancellation


def test_no_parameters_are_spins_defaults() -> None:
    infer(state_of(backend := Scripted()), "m", "hi", None)
    (request,) = backend.asked
    assert isinstance(request, Request)
    assert request.params == SamplingParams(
        max_tokens=100,
        repeat_penalty=1.1,
        repeat_penalty_last_n_token_count=64,
        temperature=0.8,
        top_k=40,
        top_p=0.9,
    )


def test_parameters_arrive_each_in_its_place() -> None:
    given = Params(11, 1.5, 22, 0.25, 33, 0.75)
    infer(state_of(backend := Scripted()), "m", "hi", Some(given))
    (request,) = backend.asked
    assert isinstance(request, Request)
    assert request.params == SamplingParams(11, 1.5, 22, 0.25, 33, 0.75)


@pytest.mark.parametrize("name", ["repeat_penalty", "temperature", "top_p"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_none_is_refused_by_name(name: str, value: float) -> None:
    state = state_of(backend := Scripted())
    answer = infer(state, "m", "hi", Some(Params()._replace(**{name: value})))
    assert isinstance(answer, Err)
    assert answer.value.name == "invalid-input"
    assert name.replace("_", "-") in str(answer.value.value)
    assert not backend.asked


@pytest.mark.parametrize(("name", "value"), [("repeat_penalty", -1.0), ("top_p", -0.1), ("top_p", 1.01)])
def test_a_parameter_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    answer = infer(state_of(Scripted()), "m", "hi", Some(Params()._replace(**{name: value})))
    assert isinstance(answer, Err)
    assert name.replace("_", "-") in str(answer.value.value)


def test_a_negative_temperature_is_greedy() -> None:
    infer(state_of(backend := Scripted()), "m", "hi", Some(Params(temperature=-1.0)))
    (request,) = backend.asked
    assert isinstance(request, Request)
    assert request.params.greedy


def test_a_model_that_was_not_granted_is_denied_in_spins_words() -> None:
    state = state_of(backend := Scripted())
    assert infer(state, "secret", "hi", None) == Err(Case("invalid-input", DENIED))
    assert generate_embeddings(state, "secret", ["a"]) == Err(Case("invalid-input", DENIED))
    assert not backend.asked


def test_access_is_checked_before_anything_else() -> None:
    bad = Some(Params(top_p=float("nan")))
    assert infer(state_of(Scripted()), "secret", "hi", bad) == Err(Case("invalid-input", DENIED))


def test_every_model_may_be_granted() -> None:
    state = state_of(Scripted(), access=ModelAccess(every=True))
    assert isinstance(infer(state, "m", "hi", None), Ok)
    assert infer(state, "x", "hi", None) == Err(Case("model-not-supported", None))


def test_an_unknown_model_is_told_to_the_operator_once(caplog: pytest.LogCaptureFixture) -> None:
    state = state_of(Scripted())
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert infer(state, "unknown", "hi", None) == Err(Case("model-not-supported", None))
        assert generate_embeddings(state, "unknown", ["a"]) == Err(Case("model-not-supported", None))
    assert caplog.messages == ["component `web`: no model `unknown`; there is: m"]


def test_a_guest_cannot_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    state = state_of(Scripted(), access=ModelAccess(every=True))
    for number in range(1_000):
        infer(state, f"model {number}", "hi", None)
    assert len(caplog.messages) == 100


@pytest.mark.parametrize(
    ("error", "case"),
    [
        (InvalidInput("prompt has 9 tokens"), Case("invalid-input", "prompt has 9 tokens")),
        (InferenceFailed("decode failed"), Case("runtime-error", "decode failed")),
        (Busy("the queue is full"), Case("runtime-error", "the queue is full")),
        (ModelNotSupported("gone"), Case("model-not-supported", None)),
    ],
)
def test_what_inference_raises_is_a_value(error: Exception, case: Case) -> None:
    state = state_of(Scripted(error=error))
    assert infer(state, "m", "hi", None) == Err(case)
    assert generate_embeddings(state, "m", ["a"]) == Err(case)


@pytest.mark.parametrize("error", [Cancelled(), ZeroDivisionError()])
def test_a_cancellation_and_our_own_mistakes_pass_through(error: Exception) -> None:
    state = state_of(Scripted(error=error))
    with pytest.raises(type(error)):
        infer(state, "m", "hi", None)
    with pytest.raises(type(error)):
        generate_embeddings(state, "m", ["a"])


def test_embeddings_come_with_usage() -> None:
    state = state_of(backend := Scripted())
    answer = generate_embeddings(state, "m", ["a", "b"])
    assert isinstance(answer, Ok)
    assert answer.value.embeddings is backend.vectors
    assert answer.value.usage.prompt_token_count == 9
    (request,) = backend.asked
    assert request == EmbeddingRequest(("a", "b"), state.cancellation)


def test_a_result_may_fill_the_limit_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "MAX_RESULT_BYTES", 24)
    too_much = Err(Case("runtime-error", "query result exceeds limit of 24 bytes"))
    assert isinstance(infer(state_of(Scripted("é" * 12)), "m", "hi", None), Ok)
    assert infer(state_of(Scripted("é" * 12 + "x")), "m", "hi", None) == too_much
    assert isinstance(generate_embeddings(state_of(Scripted()), "m", ["a", "b"]), Ok)
    wide = Scripted(vectors=np.ones((1, 7), np.float32))
    assert generate_embeddings(state_of(wide), "m", ["a"]) == too_much


def test_the_limit_is_spins() -> None:
    assert host.MAX_RESULT_BYTES == 134_217_728
