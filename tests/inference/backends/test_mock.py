from __future__ import annotations

import threading

import numpy as np
import pytest

from spinfer.config.models import MockConfig, ScriptedError, ScriptedReply
from spinfer.errors import Cancelled, InferenceError, InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.inference.backend import infer
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.types import EmbeddingRequest, FinishReason, Piece, Request, SamplingParams


def mock(*replies: ScriptedReply, default: str | None = None) -> MockBackend:
    return MockBackend("m", MockConfig(replies=replies, default=default))


def test_the_first_reply_that_fits() -> None:
    backend = mock(
        ScriptedReply(prompt="a.c", text="exactly"),
        ScriptedReply(pattern="^a.c", text="by its beginning"),
        ScriptedReply(pattern="c$", text="by its end"),
        default="otherwise",
    )
    said = [infer(backend, Request(prompt)).text for prompt in ("a.c", "abcd", "xc", "x")]
    assert said == ["exactly", "by its beginning", "by its end", "otherwise"]


def test_no_reply_fits() -> None:
    with pytest.raises(InferenceFailed, match="mock model 'm' has no reply to this prompt"):
        infer(mock(ScriptedReply(prompt="a")), Request("b"))


def test_word_by_word_with_the_space_between() -> None:
    *pieces, last = mock(default=" Hello,\n big  world. ").stream(Request("two words"))
    assert pieces == [Piece(" Hello,"), Piece("\n big"), Piece("  world."), Piece(" ")]
    assert not isinstance(last, Piece)
    assert last.text == " Hello,\n big  world. "
    assert (last.prompt_tokens, last.generated_tokens) == (2, 4)
    assert last.finish_reason is FinishReason.STOP


def test_numbers_from_the_script() -> None:
    reply = ScriptedReply(prompt="p", text="one two three", prompt_tokens=70, generated_tokens=80)
    whole = infer(mock(reply), Request("p"))
    assert (whole.prompt_tokens, whole.generated_tokens) == (70, 80)
    cut = infer(mock(reply), Request("p", SamplingParams(max_tokens=2)))
    assert (cut.text, cut.generated_tokens, cut.finish_reason) == ("one two", 2, FinishReason.LENGTH)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("model-not-supported", ModelNotSupported),
        ("runtime-error", InferenceFailed),
        ("invalid-input", InvalidInput),
    ],
)
def test_scripted_errors(kind: str, error: type[InferenceError]) -> None:
    reply = ScriptedReply(
        prompt="p", error=ScriptedError.model_validate({"kind": kind, "message": "as told"})
    )
    with pytest.raises(error, match="as told") as caught:
        infer(mock(reply), Request("p"))
    assert type(caught.value) is error


@pytest.mark.parametrize("leaves", ["caller", "model"])
def test_a_long_delay_ends_when_somebody_leaves(leaves: str) -> None:
    backend = mock(ScriptedReply(prompt="p", text="late", delay_s=3600))
    request = Request("p")
    ending: list[type[Exception]] = []
    begun = threading.Event()

    def ask() -> None:
        begun.set()
        try:
            infer(backend, request)
        except InferenceError as e:
            ending.append(type(e))

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(30)
    (request.cancellation.cancel if leaves == "caller" else backend.close)()
    thread.join(30)
    assert ending == [Cancelled if leaves == "caller" else InferenceFailed]


def test_vectors_depend_on_the_text_alone() -> None:
    one = mock().embed(EmbeddingRequest(("a", "b"))).vectors
    other = mock().embed(EmbeddingRequest(("b", "a"))).vectors
    np.testing.assert_array_equal(one, other[::-1])
    assert one.shape == (2, 8)
