"""Where more load brings no more tokens: callers are doubled until throughput stops growing. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spinfer.bench.cells import Cell
from spinfer.bench.experiment import Experiment
from spinfer.bench.load import Closed
from spinfer.bench.schedule import Block, Plan, measured

MOST_CALLERS = 256
WORTH = 1.05
"""Twice the callers are worth it if they bring this much more."""


@dataclass(frozen=True, slots=True)
class Step:
    """One load, in all its repetitions."""

    cell: Cell
    blocks: tuple[Block, ...]


class Search:
    """One cell under rising load: `next` says what to measure, `found` hears what came of it."""

    def __init__(self, cell: Cell, plan: Plan) -> None:
        self._cell = cell
        self._plan = plan
        self._callers = 1
        self._throughput: list[float] = []

    def next(self) -> Step | None:
        """None: it is saturated, or there is no larger load."""
        rates = self._throughput
        grew = len(rates) < 2 or rates[-1] >= WORTH * max(rates[:-1])
        if not grew or self._callers > MOST_CALLERS:
            return None
        cell = replace(self._cell, load=Closed(self._callers))
        draw = random.Random(self._plan.order_seed)
        rounds = range(self._plan.repetitions)
        return Step(cell, tuple(measured(self._plan, cell, repetition, draw) for repetition in rounds))

    def found(self, tokens_per_s: float) -> None:
        self._throughput.append(tokens_per_s)
        self._callers *= 2


def searches(experiment: Experiment) -> list[Search]:
    """One for each cell, in a random order."""
    found = [Search(cell, experiment.plan) for cell in experiment.cells]
    random.Random(experiment.plan.order_seed).shuffle(found)
    return found


def saturated_at(loads: Sequence[tuple[int, float]]) -> int | None:
    """Of (callers, tokens a second): the fewest callers that reach 95 % of the greatest rate."""
    best = max((rate for _, rate in loads), default=0.0)
    return min((callers for callers, rate in loads if best and rate >= best / WORTH), default=None)
