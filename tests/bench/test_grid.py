from collections import Counter

import pytest

from spinfer.bench.cells import Cell, TargetKind, as_json, from_json
from spinfer.bench.grid import Grid, latin_hypercube
from spinfer.bench.load import Arrivals, Closed, Open

GRID = Grid(
    targets=(TargetKind.DIRECT, TargetKind.GUEST),
    models=("m",),
    loads=(Closed(), Closed(4)),
    prompt_lengths=(None,),
    settings=(("temperature", (0, 0.5, 1)), ("top_k", (1, 40))),
)


def test_a_grid_has_every_combination_once() -> None:
    cells = GRID.cells()
    assert len(cells) == len(set(cells)) == GRID.points * GRID.surroundings == 24
    assert {cell.settings for cell in cells} == {
        (("temperature", t), ("top_k", k)) for t in (0, 0.5, 1) for k in (1, 40)
    }


def test_a_grid_without_parameters_has_one_point() -> None:
    assert len(Grid((TargetKind.GUEST,), ("a", "b"), (Closed(),), (8, 16), ()).cells()) == 4


def test_a_sample_covers_every_axis_evenly() -> None:
    sizes = (10, 5, 2)
    points = latin_hypercube(sizes, 20, seed=3)
    assert len(set(points)) == 20
    for axis, size in enumerate(sizes):
        after = 1
        for other in sizes[axis + 1 :]:
            after *= other
        counts = Counter(point // after % size for point in points)
        assert len(counts) == size, "every value of every axis is measured"
        assert max(counts.values()) - min(counts.values()) <= 2


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    big = (1000, 1000, 1000, 1000)
    assert latin_hypercube(big, 50, 7) == latin_hypercube(big, 50, 7) != latin_hypercube(big, 50, 8)


@pytest.mark.parametrize("sample", [6, 7, 1000])
def test_a_sample_as_large_as_the_grid_is_the_grid(sample: int) -> None:
    assert latin_hypercube((3, 2), sample, 1) == [0, 1, 2, 3, 4, 5]


def test_a_sampled_point_is_measured_in_all_surroundings() -> None:
    cells = GRID.cells(sample=2, seed=1)
    assert len(cells) == 2 * GRID.surroundings


def test_cells_keep_their_id_through_json() -> None:
    for cell in (
        Cell(TargetKind.APP, "m", Open(2.5, Arrivals.FIXED), (("top_p", 0.9),)),
        Cell(TargetKind.DIRECT, "m", prompt_tokens=64),
    ):
        assert from_json(as_json(cell)) == cell
        assert from_json(as_json(cell)).id == cell.id
    assert len({cell.id for cell in GRID.cells()}) == 24
