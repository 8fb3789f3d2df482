"""Which cells of a scenario are measured: all of them, or a seeded sample that covers every axis. Pure.

A grid is indexed, never written out: it may have more points than memory.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.load import Load
from spinfer.bench.parameters import PARAMETERS
from spinfer.bench.ranges import Number


@dataclass(frozen=True, slots=True)
class Grid:
    """The axes. `settings` has the values of each parameter that is set, in the order of PARAMETERS."""

    targets: tuple[TargetKind, ...]
    models: tuple[str, ...]
    loads: tuple[Load, ...]
    prompt_lengths: tuple[int | None, ...]
    settings: tuple[tuple[str, tuple[Number, ...]], ...]

    @property
    def points(self) -> int:
        """Sets of parameters."""
        return math.prod(len(values) for _, values in self.settings)

    @property
    def surroundings(self) -> int:
        """Targets, models, loads and prompt lengths, each with each, all measured at every point."""
        return len(self.targets) * len(self.models) * len(self.loads) * len(self.prompt_lengths)

    def cells(self, sample: int | None = None, seed: int = 0) -> tuple[Cell, ...]:
        """All cells, or those of `sample` points, in an order that says nothing."""
        points = range(self.points) if sample is None else latin_hypercube(self._sizes, sample, seed)
        return tuple(
            Cell(target, model, load, self._point(point), length)
            for point in points
            for target in self.targets
            for model in self.models
            for load in self.loads
            for length in self.prompt_lengths
        )

    @property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(values) for _, values in self.settings)

    def _point(self, index: int) -> tuple[tuple[str, Number], ...]:
        chosen = {}
        for name, values in reversed(self.settings):
            index, place = divmod(index, len(values))
            chosen[name] = values[place]
        return tuple((p.name, chosen[p.name]) for p in PARAMETERS if p.name in chosen)


def latin_hypercube(sizes: Sequence[int], sample: int, seed: int) -> list[int]:
    """`sample` different indices into the product of axes of these sizes, or all if there are no more.

    Each axis is cut into as many strata as there are samples, each stratum is taken once, and strata are
    paired at random (McKay, Beckman and Conover, 1979). On axes of few values several strata are the same
    value, so points can coincide; those are replaced by others, drawn at random.
    """
    total = math.prod(sizes)
    if sample >= total:
        return list(range(total))
    draw = random.Random(seed)
    columns = []
    for size in sizes:
        strata = list(range(sample))
        draw.shuffle(strata)
        columns.append([stratum * size // sample for stratum in strata])
    found = dict.fromkeys(_index(sizes, places) for places in zip(*columns, strict=True))
    while len(found) < sample:
        found[draw.randrange(total)] = None
    return list(found)


def _index(sizes: Sequence[int], places: Sequence[int]) -> int:
    index = 0
    for size, place in zip(sizes, places, strict=True):
        index = index * size + place
    return index
