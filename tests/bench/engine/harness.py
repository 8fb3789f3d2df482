"""Runs a scenario's contenders in turn, again and again, and keeps what each of them reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.engine.clock import busy_cores
from bench.engine.say import say
from bench.engine.scenarios import Run, Scenario

QUIET = 0.15
"""Cores: with more than that busy elsewhere, figures say little."""


@dataclass(slots=True)
class Result:
    """By contender, one value for each repetition; `busy`: cores that others used before each repetition."""

    scenario: Scenario
    values: dict[str, list[float]] = field(default_factory=dict)
    busy: list[float | None] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        return all(busy is None or busy <= QUIET for busy in self.busy)


def measure(scenario: Scenario, repetitions: int, busy: Callable[[], float | None] = busy_cores) -> Result:
    """One round to warm up, then `repetitions`. Every round begins with another contender."""
    result = Result(scenario)
    say(f"{scenario.name}: {scenario.setup.model.name}, threads: {scenario.setup.threads}")
    with scenario.open() as runs:
        for run in runs:
            run()
        for repetition in range(repetitions):
            result.busy.append(busy())
            start = repetition % len(runs)
            _round([*runs[start:], *runs[:start]], result)
            _tell(repetition, result)
    return result


def _round(runs: list[Run], result: Result) -> None:
    for run in runs:
        for name, value in run().items():
            result.values.setdefault(name, []).append(value)


def _tell(repetition: int, result: Result) -> None:
    busy = result.busy[-1]
    load = "unknown" if busy is None else f"{busy:.2f}"
    reached = "; ".join(f"{name} {values[-1]:.4g}" for name, values in sorted(result.values.items()))
    say(f"  {repetition + 1}: {load} cores busy elsewhere; {result.scenario.unit}: {reached}")
