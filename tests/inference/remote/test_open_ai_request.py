"""What is sent to an OpenAI-compatible server for the parameters a guest gives."""

from typing import Any

import pytest

from spinfer.inference.remote.open_ai_request import Asking, content, refused_names
from spinfer.inference.types import Request, SamplingParams

STREAM = {"stream": True, "stream_options": {"include_usage": True}}
NO_PENALTY = {"repeat_penalty": 1.0, "repetition_penalty": 1.0}


def sent(params: SamplingParams, asking: Asking | None = None, left_out: frozenset[str] = frozenset()) -> Any:
    return content(Request("Hi", params), asking or Asking("m"), left_out)


def test_spins_defaults() -> None:
    assert sent(SamplingParams()) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        **STREAM,
        "max_tokens": 100,
        "temperature": 0.8,
        "top_k": 40,
        "top_p": 0.9,
        "repeat_penalty": 1.1,
        "repetition_penalty": 1.1,
        "repeat_last_n": 64,
    }


def test_greedy_without_limit_raw_with_stop_and_seed() -> None:
    params = SamplingParams(max_tokens=2**32 - 1, temperature=-1, top_k=0, top_p=0, repeat_penalty=0)
    asking = Asking("there", raw=True, stop=("\n",), seed=7)
    assert sent(params, asking) == {
        "model": "there",
        "prompt": "Hi",
        "temperature": 0.0,
        "seed": 7,
        "stop": ["\n"],
        **STREAM,
        **NO_PENALTY,
    }


def test_the_edges_that_servers_do_not_take() -> None:
    found = sent(SamplingParams(max_tokens=0, top_p=0, top_k=2**32 - 1))
    assert (found["max_tokens"], found["top_p"], found["top_k"]) == (1, 1e-6, 2**31 - 1)


def test_what_is_left_out() -> None:
    found = sent(SamplingParams(), left_out=frozenset({"top_k", "max_tokens", "stream"}))
    assert "top_k" not in found
    assert "max_tokens" not in found
    assert "stream_options" not in found
    assert found["max_completion_tokens"] == 100


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Unrecognized request arguments supplied: repeat_last_n, top_k", {"repeat_last_n", "top_k"}),
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            {"max_tokens"},
        ),
        ("body.top_k: Extra inputs are not permitted", {"top_k"}),
        ("temperature must be at most 2", set()),
        ("This model's maximum context length is 4096 tokens", set()),
        ("unknown model", set()),
    ],
)
def test_which_parameters_a_sentence_refuses(said: str, names: set[str]) -> None:
    assert refused_names(said, sent(SamplingParams())) == names
