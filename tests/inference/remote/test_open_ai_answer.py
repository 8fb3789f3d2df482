"""What comes back, in the forms that servers have."""

import pytest

from spinfer.inference.remote.open_ai_answer import BrokenOff, Tally
from spinfer.inference.remote.reading import Unreadable
from spinfer.inference.types import FinishReason, Request, SamplingParams

REQUEST = Request("Hi", SamplingParams(max_tokens=9))


def test_a_stream_without_numbers() -> None:
    tally = Tally()
    events = [
        {"choices": [{"delta": {"role": "assistant", "content": None}}], "error": None},
        {"choices": [{"delta": {"content": "a"}}]},
        {"choices": [{"delta": {"reasoning_content": "hm"}}]},
        {"choices": [{"delta": {"content": "b\ud83d"}, "finish_reason": "length"}]},
        {"choices": []},
    ]
    assert [tally.add(event) for event in events] == ["", "a", "", "b�", ""]
    done = tally.completion(REQUEST, None)
    assert (done.text, done.prompt_tokens, done.generated_tokens) == ("ab�", 0, 2)
    assert done.finish_reason is FinishReason.LENGTH


def test_a_whole_answer() -> None:
    tally = Tally()
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 99},
    }
    tally.add({"choices": [{"text": "abc", "finish_reason": "stop"}], "usage": usage})
    done = tally.completion(REQUEST, 7)
    assert (done.text, done.finish_reason, done.seed) == ("abc", FinishReason.STOP, 7)
    assert (done.prompt_tokens, done.generated_tokens, done.cached_prompt_tokens) == (5, 3, 5)


@pytest.mark.parametrize("event", [{}, {"choices": None}, {"choices": [7]}, {"choices": {}}])
def test_nonsense(event: dict) -> None:
    with pytest.raises(Unreadable):
        Tally().add(event)


def test_an_error_in_the_middle() -> None:
    with pytest.raises(BrokenOff, match="out of memory"):
        Tally().add({"error": {"message": "out of memory"}})
