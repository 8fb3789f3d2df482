"""In which order what is asked: every request of an experiment, decided before the first. Pure.

Each repetition visits every cell once, in a random order of its own, so that a machine that grows slower
in the course of an hour does so for all cells alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from spinfer.bench.cells import Cell
from spinfer.bench.load import Closed, Load
from spinfer.bench.parameters import greedy


class Purpose(Enum):
    """Why a request is made."""

    MEASURE = "measure"
    WARM_UP = "warm-up"
    """Before anything is measured; in no statistic."""
    GREEDY = "greedy"
    """What the model finds likeliest, to compare answers with; in no statistic of time."""
    AGAIN = "again"
    """The same as an earlier one, seed and all, to see whether the answer is the same."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `prompt` counts the given prompts; of generated ones it numbers them."""

    cell: Cell
    purpose: Purpose
    repetition: int
    number: int
    prompt: int
    seed: int

    @property
    def id(self) -> str:
        """The same in every run of the scenario, so that an interrupted one can be continued."""
        return f"{self.cell.id}.{self.purpose.value}.{self.repetition}.{self.number}"


@dataclass(frozen=True, slots=True)
class Block:
    """Requests of one cell that are made together, under one load."""

    load: Load
    asks: tuple[Ask, ...]

    @property
    def cell(self) -> Cell:
        return self.asks[0].cell

    @property
    def id(self) -> str:
        return self.asks[0].id.rsplit(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """How often what is asked. `requests`: of each cell in each repetition; None: every prompt once.

    `compare` adds what is needed to tell answers apart: greedy ones, and one request of each cell again.
    """

    prompts: int
    repetitions: int = 3
    seed: int = 1
    order_seed: int = 1
    requests: int | None = None
    compare: bool = True

    def count(self, cell_load: Load) -> int:
        """Requests of one cell in one repetition; under load at least four for each caller."""
        if self.requests is not None:
            return self.requests
        if isinstance(cell_load, Closed):
            return max(self.prompts, 4 * cell_load.concurrency if cell_load.concurrency > 1 else 1)
        return max(self.prompts, 20)


def total(plan: Plan, cells: Sequence[Cell]) -> int:
    """Requests that are measured: what the operator asked for."""
    return plan.repetitions * sum(plan.count(cell.load) for cell in cells)


def blocks(plan: Plan, cells: Sequence[Cell]) -> list[Block]:
    """Every block, in the order in which they are to be run."""
    draw = random.Random(plan.order_seed)
    found: list[Block] = []
    for repetition in range(plan.repetitions):
        round_ = [measured(plan, cell, repetition, draw) for cell in cells]
        if repetition == 0 and plan.compare:
            round_ += _greedy_blocks(plan, cells)
        if repetition == plan.repetitions - 1 and plan.compare:
            round_ += [_again(plan, cell) for cell in cells]
        draw.shuffle(round_)
        found += round_
    return found


def measured(plan: Plan, cell: Cell, repetition: int, draw: random.Random) -> Block:
    """One repetition of one cell."""
    asks = [_ask(plan, cell, repetition, number) for number in range(plan.count(cell.load))]
    draw.shuffle(asks)
    return Block(cell.load, tuple(asks))


def _ask(plan: Plan, cell: Cell, repetition: int, number: int) -> Ask:
    """All cells share prompts and seeds, so that they differ in nothing but what they are to differ in."""
    turn, prompt = divmod(number, plan.prompts)
    seed = plan.seed + repetition + plan.repetitions * turn
    return Ask(cell, Purpose.MEASURE, repetition, number, prompt, seed % 2**32)


def _again(plan: Plan, cell: Cell) -> Block:
    return Block(Closed(), (replace(_ask(plan, cell, 0, 0), purpose=Purpose.AGAIN),))


def _greedy_blocks(plan: Plan, cells: Iterable[Cell]) -> list[Block]:
    return [
        Block(
            Closed(),
            tuple(Ask(cell, Purpose.GREEDY, 0, prompt, prompt, plan.seed) for prompt in range(plan.prompts)),
        )
        for cell in dict.fromkeys(map(greedy_reference, cells))
    ]


def greedy_reference(cell: Cell) -> Cell:
    """The cell whose answers this cell's are compared with: the same but for how tokens are drawn."""
    return replace(cell, load=Closed(), settings=greedy(cell.settings))


def warm_up(plan: Plan, cells: Iterable[Cell], times: int) -> list[Block]:
    """`times` requests through each target to each model."""
    first = {(cell.target, cell.model): cell for cell in cells}
    return [
        Block(
            Closed(),
            tuple(Ask(cell, Purpose.WARM_UP, 0, n, n % plan.prompts, plan.seed) for n in range(times)),
        )
        for cell in first.values()
        if times
    ]
