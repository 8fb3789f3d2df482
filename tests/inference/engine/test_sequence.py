from array import array

import pytest

from spinfer.errors import Cancelled
from spinfer.inference.engine.sequence import (
    AT_THE_END,
    Ended,
    Failed,
    Generated,
    IllegalMove,
    Phase,
    Sequence,
)
from spinfer.inference.types import FinishReason, SamplingParams


def sequence(max_new_tokens: int = 5) -> Sequence:
    return Sequence(array("i", [4, 5, 6]), SamplingParams(), 1, max_new_tokens, submitted_s=100.0)


def events(one: Sequence) -> list[object]:
    return [one.outbox.get_nowait() for _ in range(one.outbox.qsize())]


def test_it_counts_what_it_can_come_to_need() -> None:
    one = sequence(max_new_tokens=5)
    assert one.limit == 7, "the fifth token is drawn and never decoded"


@pytest.mark.parametrize(
    ("path", "illegal"),
    [
        ([], Phase.DECODE),
        ([Phase.PREFILL], Phase.WAITING),
        ([Phase.PREFILL, Phase.DECODE], Phase.PREFILL),
        ([Phase.ENDED], Phase.PREFILL),
        ([Phase.PREFILL, Phase.ENDED], Phase.ENDED),
    ],
)
def test_illegal_moves_change_nothing(path: list[Phase], illegal: Phase) -> None:
    one = sequence()
    for phase in path:
        one.move(phase)
    before = one.phase
    with pytest.raises(IllegalMove):
        one.move(illegal)
    assert one.phase is before


def test_the_first_token_is_sent_at_once_and_fast_ones_together() -> None:
    one = sequence()
    one.accept(10, now=101.0)
    assert events(one) == [Generated((10,))]
    one.accept(11, now=101.001)
    one.accept(12, now=101.002)
    assert events(one) == []
    one.accept(13, now=101.02)
    assert events(one) == [Generated((11, 12, 13))]


def test_the_end_brings_what_was_held_back() -> None:
    one = sequence()
    for n, token in enumerate((10, 11, 12)):
        one.accept(token, now=101.0 + n / 1000)
    one.end(FinishReason.STOP)
    assert events(one) == [Generated((10,)), Ended((11, 12), FinishReason.STOP)]
    assert one.ended


def test_a_caller_that_waits_for_the_end_hears_nothing_before() -> None:
    one = Sequence(array("i", [4]), SamplingParams(), 1, 9, submitted_s=0.0, hold_back_s=AT_THE_END)
    for n, token in enumerate((10, 11, 12)):
        one.accept(token, now=1000.0 * n)
    assert events(one) == []
    one.end(FinishReason.LENGTH)
    assert events(one) == [Ended((10, 11, 12), FinishReason.LENGTH)]
    assert (one.timings.first_token_s, one.timings.decode_s) == (0, 2000)


def test_a_failure_is_the_last_event() -> None:
    one = sequence()
    error = Cancelled("gone")
    one.fail(error)
    assert events(one) == [Failed(error)]
    assert one.ended


def test_timings() -> None:
    one = sequence()
    assert one.timings.queued_s == 0
    one.start(100.5)
    one.start(107.0)  # a later chunk of the same prompt
    one.accept(10, now=102.0)
    one.accept(11, now=104.0)
    assert (one.timings.queued_s, one.timings.first_token_s, one.timings.decode_s) == (0.5, 2.0, 2.0)
    assert (one.timings.submitted_s, one.timings.tokens_s) == (100.0, (2.0, 4.0))
