from __future__ import annotations

from array import array

import pytest

from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.plan import BatchPlan, Chunk
from spinfer.inference.engine.scheduler import Scheduler, shares
from spinfer.inference.engine.sequence import Phase, Sequence
from spinfer.inference.types import SamplingParams


def sequence(prompt: range, most: int = 10, params: SamplingParams | None = None) -> Sequence:
    return Sequence(array("i", prompt), params or SamplingParams(), 1, most, submitted_s=0)


def scheduler(cells: int = 1000, batch: int = 32, parallel: int = 4) -> Scheduler:
    return Scheduler(KVCache(cells, 2 * parallel, keep=cells), batch_tokens=batch, parallel=parallel)


def carry_out(one: Scheduler, plan: BatchPlan) -> None:
    """What the engine does after a decode, drawing token 1 each time."""
    for chunk in plan.chunks:
        running = one.running(chunk.seq_id)
        assert running.lease is not None
        running.lease.stored += len(chunk.tokens)
        if chunk.sample:
            if running.phase is Phase.PREFILL:
                running.move(Phase.DECODE)
            running.tokens.append(1)


def step(one: Scheduler) -> BatchPlan:
    plan = one.schedule()
    carry_out(one, plan)
    return plan


@pytest.mark.parametrize(
    ("remaining", "room", "expected"),
    [
        ([], 10, []),
        ([5], 10, [5]),
        ([50], 10, [10]),
        ([50, 50], 10, [5, 5]),
        ([2, 50], 10, [2, 8]),
        ([50, 2, 50], 11, [4, 2, 5]),
        ([5, 5, 5], 2, [0, 1, 1]),
    ],
)
def test_shares_are_even_and_what_one_leaves_the_others_get(
    remaining: list[int], room: int, expected: list[int]
) -> None:
    assert sorted(shares(remaining, room)) == sorted(expected)
    assert sum(shares(remaining, room)) == min(room, sum(remaining))
    assert all(share <= want for share, want in zip(shares(remaining, room), remaining, strict=True))


def test_a_prompt_goes_in_whole_where_there_is_room_and_is_sampled_at_its_end() -> None:
    one = scheduler()
    one.add(sequence(range(20)))
    (chunk,) = step(one).chunks
    assert chunk == Chunk(chunk.seq_id, 0, array("i", range(20)), sample=True)
    (row,) = step(one).chunks
    assert row == Chunk(chunk.seq_id, 20, array("i", [1]), sample=True)


def test_a_long_prompt_is_cut_into_chunks() -> None:
    one = scheduler()
    one.add(sequence(range(70)))
    plans = [step(one) for _ in range(3)]
    assert [(p.chunks[0].start, len(p.chunks[0].tokens), p.chunks[0].sample) for p in plans] == [
        (0, 32, False),
        (32, 32, False),
        (64, 6, True),
    ]


def test_every_decoding_sequence_has_a_row_while_a_long_prompt_goes_in() -> None:
    one = scheduler()
    one.add(sequence(range(5)))
    one.add(sequence(range(100, 106)))
    step(one)
    one.add(sequence(range(200, 300)))
    for _ in range(12):
        plan = step(one)
        assert [len(chunk.tokens) for chunk in plan.chunks[:2]] == [1, 1]
        assert plan.tokens <= 2 + 32 // 4
    assert len(plan.chunks) == 3


def test_a_short_prompt_overtakes_a_long_one_in_the_same_batch() -> None:
    one = scheduler()
    one.add(sequence(range(500)))
    one.add(sequence(range(600, 605)))
    plan = step(one)
    assert [(len(c.tokens), c.sample) for c in plan.chunks] == [(27, False), (5, True)]


def test_only_so_many_run() -> None:
    one = scheduler(parallel=2)
    for n in range(3):
        one.add(sequence(range(100 * n, 100 * n + 5)))
    assert len(step(one).chunks) == 2
    assert repr(one) == "<Scheduler 2 running, 1 waiting>"
    one.remove(one.sequences[0], keep=False)
    assert len(step(one).chunks) == 2


def test_one_that_finds_no_room_holds_up_those_behind_it() -> None:
    one = scheduler(cells=100)
    one.add(sequence(range(10), most=51))
    step(one)
    large, small = sequence(range(200, 250), most=21), sequence(range(300, 305), most=2)
    one.add(large)
    one.add(small)
    step(one)
    assert (large.phase, small.phase) == (Phase.WAITING, Phase.WAITING)
    one.remove(one.sequences[0], keep=True)
    step(one)
    assert large.phase is Phase.PREFILL
    assert small.phase is not Phase.WAITING


def test_a_prompt_waits_for_the_one_that_is_computing_what_it_shares() -> None:
    one = scheduler()
    first, second, other = sequence(range(64)), sequence(range(62)), sequence(range(500, 505))
    for each in (first, second, other):
        one.add(each)
    step(one)
    assert second.phase is Phase.WAITING
    assert other.phase is Phase.DECODE, "it does not hold up those behind it"
    while second.phase is Phase.WAITING:
        plan = step(one)
    assert second.cached_prompt_tokens > 62 - 33
    assert plan.edits, "what is there is shared"


def test_one_whose_source_leaves_is_admitted_without_it() -> None:
    one = scheduler()
    first, second = sequence(range(64)), sequence(range(62))
    one.add(first)
    one.add(second)
    step(one)
    one.remove(first, keep=False)
    step(one)
    assert second.phase is Phase.PREFILL


def test_samplers_begin_with_the_last_tokens_of_the_prompt_and_end_with_the_sequence() -> None:
    one = scheduler()
    one.add(sequence(range(20), params=SamplingParams(repeat_penalty_last_n_token_count=3)))
    one.add(sequence(range(50, 60), params=SamplingParams(repeat_penalty=1.0)))
    plan = step(one)
    assert [begin.history for begin in plan.begun] == [array("i", [17, 18, 19]), array("i")]
    assert step(one).begun == ()
    first = one.sequences[0]
    one.remove(first, keep=False)
    plan = step(one)
    assert plan.ended == (first.lease and first.lease.seq_id,)


def test_a_waiting_sequence_leaves_without_a_trace() -> None:
    one = scheduler(parallel=1)
    one.add(sequence(range(5)))
    step(one)
    waiting = sequence(range(9))
    one.add(waiting)
    one.remove(waiting, keep=False)
    plan = step(one)
    assert not plan.ended
    assert not plan.edits


def test_it_is_idle_only_when_the_last_edits_are_made() -> None:
    one = scheduler()
    assert one.idle
    one.add(sequence(range(20)))
    assert not one.idle
    step(one)
    one.remove(one.sequences[0], keep=False)
    assert not one.idle, "the cache still has to be told"
    plan = step(one)
    assert plan
    assert not plan.chunks
    assert one.idle
    assert not step(one)
