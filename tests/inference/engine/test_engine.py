"""The engine's step over a model that answers by rule, one layer below."""

from __future__ import annotations

import random
from array import array

import pytest

from fakes.engine_model import RuleRunner, answer_to
from spinfer.errors import Cancelled, InferenceFailed
from spinfer.inference.engine.engine import Engine
from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.sequence import Ended, Failed, Generated, Phase, Sequence
from spinfer.inference.types import FinishReason, SamplingParams


class Bench:
    """An engine, the model below it, and a clock that is moved by hand."""

    def __init__(
        self, cells: int = 400, batch: int = 32, parallel: int = 4, keep: int | None = None, **runner: object
    ) -> None:
        self.now = 0.0
        self.cache = KVCache(cells, 2 * parallel, keep=cells if keep is None else keep)
        self.runner = RuleRunner(cells, batch, **runner)
        scheduler = Scheduler(self.cache, batch_tokens=batch, parallel=parallel)
        self.engine = Engine(scheduler, self.runner, clock=lambda: self.now)

    def add(self, prompt: list[int] | range, most: int = 20) -> Sequence:
        sequence = Sequence(array("i", prompt), SamplingParams(), 1, most, submitted_s=self.now)
        self.engine.add(sequence)
        return sequence

    def steps(self, count: int = 1) -> None:
        for _ in range(count):
            self.engine.step()
            self.now += 1

    def to_the_end(self) -> None:
        while not self.engine.idle:
            self.steps()

    def check_nothing_is_left(self) -> None:
        """Call it when all are done."""
        self.to_the_end()
        assert self.cache.free == self.cache.cells
        assert not self.runner.samplers
        assert self.runner.cells_used == 0
        assert len(self.runner.saved) == self.cache.saved


def outcome(sequence: Sequence) -> tuple[list[int], FinishReason | type[Exception]]:
    """All tokens that reached the caller, and how it ended."""
    tokens: list[int] = []
    while True:
        match sequence.outbox.get_nowait():
            case Generated(some):
                tokens += some
            case Ended(some, reason):
                assert sequence.outbox.empty()
                return [*tokens, *some], reason
            case Failed(error):
                assert sequence.outbox.empty()
                return tokens, type(error)


def expected(prompt: list[int] | range, most: int = 20) -> tuple[list[int], FinishReason]:
    answer = answer_to(list(prompt), most)
    return answer, FinishReason.LENGTH if len(answer) == most else FinishReason.STOP


PROMPTS = [list(range(4 + n, 4 + n + 9 * (n + 1))) for n in range(7)]


@pytest.mark.parametrize("most", [1, 2, 40])
def test_everybody_gets_their_own_answer(most: int) -> None:
    bench = Bench(cells=1000, parallel=16)
    sequences = [bench.add(prompt, most) for prompt in PROMPTS]
    bench.to_the_end()
    assert [outcome(s) for s in sequences] == [expected(p, most) for p in PROMPTS]
    assert {reason for _, reason in map(expected, PROMPTS, [40] * 7)} == set(FinishReason)
    bench.check_nothing_is_left()
    assert bench.engine.counters.steps == bench.runner.decodes, "tidying up is not counted"


def test_the_end_token_is_neither_part_of_the_answer_nor_counted() -> None:
    prompt = next(p for n in range(2000) if answer_to(p := [5, n], 9) == [])
    bench = Bench()
    sequence = bench.add(prompt)
    bench.to_the_end()
    assert outcome(sequence) == ([], FinishReason.STOP)
    assert sequence.generated == 0
    assert bench.engine.counters.generated_tokens == 0


def test_a_shared_beginning_is_computed_once() -> None:
    stem = list(range(4, 104))
    bench = Bench(cells=1000)
    first = bench.add([*stem, 7])
    bench.to_the_end()
    computed = bench.engine.counters.prompt_tokens
    second = bench.add([*stem, 8, 9])
    bench.to_the_end()
    assert (first.cached_prompt_tokens, second.cached_prompt_tokens) == (0, 100)
    assert bench.engine.counters.prompt_tokens == computed + 2
    assert bench.engine.counters.cached_prompt_tokens == 100
    assert outcome(second) == expected([*stem, 8, 9])
    bench.check_nothing_is_left()


def test_a_conversation_starts_from_its_own_answer() -> None:
    bench = Bench(cells=1000)
    prompt = list(range(4, 30))
    first = bench.add(prompt, 12)
    bench.to_the_end()
    answer, _ = outcome(first)
    second = bench.add([*prompt, *answer, 44, 45])
    bench.to_the_end()
    assert second.cached_prompt_tokens == len(prompt) + len(answer) - 1, "the last one was never decoded"
    assert outcome(second) == expected([*prompt, *answer, 44, 45])


def test_sixteen_that_begin_alike_and_come_together_compute_it_once() -> None:
    stem = list(range(4, 104))
    bench = Bench(cells=2000, parallel=16)
    sequences = [bench.add([*stem, 10 + n], 5) for n in range(16)]
    bench.to_the_end()
    assert [outcome(s) for s in sequences] == [expected([*stem, 10 + n], 5) for n in range(16)]
    assert bench.engine.counters.prompt_tokens < 2 * len(stem) + 16
    bench.check_nothing_is_left()


def test_a_long_prompt_does_not_hold_up_the_others_tokens() -> None:
    talking = next([4, n] for n in range(500) if len(answer_to([4, n], 30)) == 30)
    bench = Bench(cells=1000)
    first = bench.add(talking, 30)
    bench.steps(2)
    second = bench.add(range(4, 204))
    before = first.generated
    while second.phase is not Phase.DECODE:
        bench.steps()
        before += 1
        assert first.generated == before


def test_what_is_kept_of_finished_ones_takes_no_cells() -> None:
    prompts = [list(range(n, n + 400)) for n in range(4, 2004, 500)]
    bench = Bench(cells=4000, keep=1000)
    sequences = [bench.add(prompt) for prompt in prompts]
    bench.to_the_end()
    assert [outcome(s) for s in sequences] == [expected(prompt) for prompt in prompts]
    assert bench.runner.cells_used == 0
    assert len(bench.runner.saved) == 2
    for _ in range(2):
        last = bench.add(prompts[-1])
        bench.to_the_end()
    assert last.cached_prompt_tokens == 399
    bench.to_the_end()
    bench.check_nothing_is_left()


def test_when_cells_run_out_the_new_ones_wait_and_nobody_is_dropped() -> None:
    prompts = [list(range(4 + n, 34 + n)) for n in range(10)]
    bench = Bench(cells=100, parallel=8)
    sequences = [bench.add(prompt, 21) for prompt in prompts]
    bench.steps()
    assert [s.phase for s in sequences].count(Phase.WAITING) == 8, "two need all there is"
    bench.to_the_end()
    assert [outcome(s) for s in sequences] == [expected(p, 21) for p in prompts]
    bench.check_nothing_is_left()


def test_one_that_needs_the_whole_cache_gets_it() -> None:
    bench = Bench(cells=100)
    others = [bench.add(range(4 + n, 24 + n), 5) for n in range(3)]
    large = bench.add(range(4, 54), 51)
    bench.to_the_end()
    assert outcome(large) == expected(range(4, 54), 51)
    assert all(outcome(o)[1] in FinishReason for o in others)


@pytest.mark.parametrize("when", [Phase.WAITING, Phase.PREFILL, Phase.DECODE])
def test_a_caller_that_vanishes_is_gone_within_one_step(when: Phase) -> None:
    stays, leaves = PROMPTS[3], list(range(20, 140))
    bench = Bench(cells=1000, parallel=1 if when is Phase.WAITING else 4)
    staying = bench.add(stays)
    leaving = bench.add(leaves, 50)
    while leaving.phase is not when:
        bench.steps()
    assert leaving.phase is when
    bench.engine.cancel(leaving)
    assert leaving.ended
    bench.steps()
    assert bench.runner.cells_used <= len(stays) + 20
    bench.to_the_end()
    assert outcome(leaving)[1] is Cancelled
    assert outcome(staying) == expected(stays)
    assert bench.engine.counters.cancelled == 1
    bench.check_nothing_is_left()


def test_cancelling_what_has_ended_is_no_mistake() -> None:
    bench = Bench()
    sequence = bench.add([5, 6])
    bench.to_the_end()
    bench.engine.cancel(sequence)
    assert outcome(sequence) == expected([5, 6])


def test_a_caller_that_has_what_it_wanted_leaves_the_prefix_behind() -> None:
    bench = Bench()
    sequence = bench.add(range(4, 44), 30)
    bench.steps(4)
    sequence.keep = True
    bench.engine.cancel(sequence)
    again = bench.add(range(4, 44), 30)
    bench.to_the_end()
    assert again.cached_prompt_tokens == 39


def test_a_failed_decode_ends_those_that_took_part_and_nobody_else() -> None:
    bench = Bench(parallel=2, fail_steps=frozenset({2}))
    first = bench.add(PROMPTS[0], 30)
    second = bench.add(PROMPTS[1], 30)
    waiting = bench.add(PROMPTS[2], 30)
    bench.to_the_end()
    assert outcome(first)[1] is outcome(second)[1] is InferenceFailed
    assert outcome(waiting) == expected(PROMPTS[2], 30)
    assert bench.engine.counters.failed == 2
    bench.check_nothing_is_left()


def test_fail_all_ends_everybody() -> None:
    bench = Bench(parallel=1)
    running, waiting = bench.add(PROMPTS[0]), bench.add(PROMPTS[1])
    bench.steps()
    bench.engine.fail_all("closed")
    for sequence in (running, waiting):
        assert outcome(sequence)[1] is InferenceFailed


def test_timings_say_where_the_time_went() -> None:
    prompt = next(p for n in range(200) if len(answer_to(p := list(range(n, n + 70)), 3)) == 3)
    bench = Bench(parallel=1)
    bench.add([5, 6], 2)
    sequence = bench.add(prompt, 3)
    bench.to_the_end()
    # the first one takes two steps; then 32 + 32 + 6 tokens of prompt, the clock moving on after each step
    assert sequence.timings.queued_s == 2
    assert sequence.timings.first_token_s == 4
    assert sequence.timings.decode_s == 2


def test_whatever_happens_answers_are_right_and_nothing_leaks() -> None:
    for seed in range(40):
        random_ = random.Random(seed)
        bench = Bench(cells=160, batch=24, parallel=5, fail_steps=frozenset({random_.randint(5, 60)}))
        stems = [[random_.randint(4, 63) for _ in range(60)] for _ in range(3)]
        added: list[tuple[Sequence, list[int], int]] = []
        for _ in range(60):
            if random_.random() < 0.4:
                stem = random_.choice(stems)[: random_.randint(0, 60)]
                prompt = [*stem, random_.randint(4, 63)]
                most = random_.randint(1, 30)
                added.append((bench.add(prompt, most), prompt, most))
            if added and random_.random() < 0.15:
                leaving = random_.choice(added)[0]
                leaving.keep = random_.random() < 0.3
                bench.engine.cancel(leaving)
            bench.steps(random_.randint(0, 3))
        bench.to_the_end()
        for sequence, prompt, most in added:
            tokens, ending = outcome(sequence)
            answer, reason = expected(prompt, most)
            if ending in (Cancelled, InferenceFailed):
                assert tokens == answer[: len(tokens)]
            else:
                assert (tokens, ending) == (answer, reason)
        bench.check_nothing_is_left()
