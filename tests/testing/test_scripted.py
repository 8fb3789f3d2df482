"""A scripted model, asked as the host asks it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from spinfer.errors import InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.inference.backend import infer
from spinfer.inference.types import EmbeddingRequest, Request, SamplingParams
from spinfer.testing import Failure, Reply, Scripted


def said(model: Scripted, prompt: str) -> str:
    return infer(model, Request(prompt)).text


def test_one_answer_to_everything() -> None:
    model = Scripted("yes")
    assert [said(model, prompt) for prompt in ("", "a\nb")] == ["yes", "yes"]


def test_by_what_the_prompt_contains() -> None:
    model = Scripted({"a.c": "exactly", re.compile("^A.C", re.IGNORECASE): "roughly"}, default="no")
    assert [said(model, prompt) for prompt in ("x a.c", "abc", "x abc")] == ["exactly", "roughly", "no"]


def test_a_prompt_without_an_answer() -> None:
    with pytest.raises(InferenceFailed, match="has no reply to this prompt"):
        said(Scripted({"a": "b"}), "c")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Failure("m"), InferenceFailed),
        (Failure("m", "invalid-input"), InvalidInput),
        (Failure("m", "model-not-supported"), ModelNotSupported),
    ],
)
def test_failures(failure: Failure, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="m"):
        said(Scripted({"x": failure}), "x")


def test_token_counts() -> None:
    model = Scripted(Reply("one two three", prompt_tokens=7))
    done = infer(model, Request("p", SamplingParams(max_tokens=2)))
    assert (done.text, done.prompt_tokens, done.generated_tokens) == ("one two", 7, 2)


def test_it_remembers() -> None:
    model = Scripted("yes", dimensions=4)
    assert (model.requests, model.embedded) == ((), ())
    said(model, "first")
    said(model, "second")
    vectors = model.embed(EmbeddingRequest(("a", "b"))).vectors
    assert model.prompts == ("first", "second")
    assert model.embedded == (("a", "b"),)
    assert vectors.shape == (2, 4)
    assert np.array_equal(vectors[1], Scripted(dimensions=4).embed(EmbeddingRequest(("b",))).vectors[0])


def test_closing_ends_those_who_wait() -> None:
    model = Scripted(Reply("late", delay_s=600))
    model.close()
    with pytest.raises(InferenceFailed, match="was closed"):
        said(model, "x")
