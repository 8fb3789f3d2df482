import itertools
from collections import Counter
from dataclasses import replace

from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.load import Arrivals, Closed, Open, due
from spinfer.bench.schedule import Plan, Purpose, blocks, greedy_reference, total, warm_up

CELLS = tuple(
    Cell(TargetKind.GUEST, "m", Closed(), (("temperature", t), ("max_tokens", 9))) for t in (0, 0.5, 1, 2)
)
PLAN = Plan(prompts=3, repetitions=4, seed=10)


def measured(plan: Plan = PLAN) -> list:
    return [block for block in blocks(plan, CELLS) if block.asks[0].purpose is Purpose.MEASURE]


def test_each_repetition_visits_every_cell_once_in_an_order_of_its_own() -> None:
    rounds = [[], [], [], []]
    for block in measured():
        rounds[block.asks[0].repetition].append(block.cell)
    assert all(sorted(r, key=repr) == sorted(CELLS, key=repr) for r in rounds)
    assert len({tuple(r) for r in rounds}) > 1
    assert [b.asks[0].repetition for b in measured()] == sorted(b.asks[0].repetition for b in measured())


def test_the_order_comes_from_its_seed() -> None:
    ids = [[block.id for block in blocks(replace(PLAN, order_seed=seed), CELLS)] for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert sorted(ids[0]) == sorted(ids[2])


def test_cells_share_prompts_and_seeds() -> None:
    by_cell = {
        cell: sorted((a.prompt, a.seed) for b in measured() for a in b.asks if a.cell == cell)
        for cell in CELLS
    }
    assert len(set(map(tuple, by_cell.values()))) == 1
    assert by_cell[CELLS[0]] == [(p, 10 + r) for p in range(3) for r in range(4)]


def test_every_request_has_an_id_of_its_own() -> None:
    ids = [ask.id for block in blocks(PLAN, CELLS) for ask in block.asks]
    assert len(ids) == len(set(ids))
    assert total(PLAN, CELLS) == sum(len(block.asks) for block in measured()) == 4 * 4 * 3


def test_more_requests_than_prompts_have_seeds_of_their_own() -> None:
    plan = replace(PLAN, requests=7)
    asks = [a for b in measured(plan) for a in b.asks if b.cell == CELLS[0]]
    assert len(asks) == 28
    assert max(Counter((a.prompt, a.seed) for a in asks).values()) == 1


def test_greedy_answers_are_asked_once_for_all_cells_that_share_them() -> None:
    greedy = [b for b in blocks(PLAN, CELLS) if b.asks[0].purpose is Purpose.GREEDY]
    assert len(greedy) == 1
    assert len(greedy[0].asks) == 3
    assert greedy_reference(CELLS[3]).settings == (
        ("temperature", 0),
        ("repeat_penalty", 1),
        ("max_tokens", 9),
    )


def test_each_cell_is_asked_once_again_with_the_same_seed() -> None:
    again = [b.asks[0] for b in blocks(PLAN, CELLS) if b.asks[0].purpose is Purpose.AGAIN]
    assert {a.cell for a in again} == set(CELLS)
    assert {(a.prompt, a.seed, a.repetition) for a in again} == {(0, 10, 0)}


def test_without_comparing_there_is_nothing_but_measuring() -> None:
    assert {b.asks[0].purpose for b in blocks(replace(PLAN, compare=False), CELLS)} == {Purpose.MEASURE}


def test_load_needs_requests_enough_to_keep_callers_busy() -> None:
    assert PLAN.count(Closed(1)) == 3
    assert PLAN.count(Closed(16)) == 64
    assert replace(PLAN, requests=5).count(Closed(16)) == 5


def test_warm_up_is_once_for_each_target_and_model() -> None:
    cells = (*CELLS, replace(CELLS[0], model="n"), replace(CELLS[0], target=TargetKind.DIRECT))
    assert len(warm_up(PLAN, cells, 2)) == 3
    assert {len(block.asks) for block in warm_up(PLAN, cells, 2)} == {2}
    assert warm_up(PLAN, cells, 0) == []


def test_poisson_arrivals_have_the_rate_asked_for() -> None:
    at = due(Open(50.0), 20_000, seed=1)
    assert at == sorted(at)
    assert abs(20_000 / at[-1] - 50) < 1
    gaps = [b - a for a, b in itertools.pairwise(at)]
    short = sum(gap < 0.02 * 0.693 for gap in gaps) / len(gaps)
    assert abs(short - 0.5) < 0.02, "half of exponential gaps are shorter than ln 2 of the mean"
    assert due(Open(4.0, Arrivals.FIXED), 3, 1) == [0, 0.25, 0.5]
