"""How far load is raised, and where a cell counts as saturated."""

import pytest

from spinfer.bench import saturation
from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.load import Closed
from spinfer.bench.saturation import Search, saturated_at
from spinfer.bench.schedule import Plan

CELL = Cell(TargetKind.GUEST, "m", settings=(("temperature", 1),))


@pytest.mark.parametrize(
    ("rates", "callers"),
    [
        ([100, 190, 195, 900], [1, 2, 4]),  # less than a twentieth more is not worth it
        ([100, 190, 200, 200], [1, 2, 4, 8]),
        ([100, 80, 900], [1, 2]),
        ([100, 200, 150, 900], [1, 2, 4]),
    ],
)
def test_callers_are_doubled_while_that_is_worth_it(rates: list[float], callers: list[int]) -> None:
    search = Search(CELL, Plan(prompts=2, repetitions=3))
    asked = []
    for rate in rates:
        step = search.next()
        if step is None:
            break
        assert isinstance(step.cell.load, Closed)
        assert (step.cell.settings, len(step.blocks)) == (CELL.settings, 3)
        assert {block.cell for block in step.blocks} == {step.cell}
        asked.append(step.cell.load.concurrency)
        search.found(rate)
    assert asked == callers
    assert search.next() is None


def test_there_is_a_largest_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saturation, "MOST_CALLERS", 4)
    search = Search(CELL, Plan(prompts=1, repetitions=1, requests=1))
    for rate in (1, 10, 100):
        assert search.next() is not None
        search.found(rate)
    assert search.next() is None


def test_where_it_is_saturated() -> None:
    assert saturated_at([(1, 50.0), (2, 96.0), (4, 100.0), (8, 99.0)]) == 2
    assert saturated_at([(1, 0.0)]) is None
    assert saturated_at([]) is None
