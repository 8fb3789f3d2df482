"""Runs a scenario's rounds and keeps what each contender reached."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from bench.engine.clock import busy_cores
from bench.engine.say import say
from bench.http.scenarios import Scenario

QUIET = 0.15
"""Cores: with more than that busy elsewhere, figures say little."""
_SETTLE_S = 1.0
"""How long contenders may go on with what their clients left behind, before the next round."""


@dataclass(slots=True)
class Result:
    """By contender, one value for each round; `busy`: cores that others used before each round."""

    name: str
    values: dict[str, list[float]] = field(default_factory=dict)
    busy: list[float | None] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        return all(busy is None or busy <= QUIET for busy in self.busy)


def measure(scenario: Scenario, repetitions: int) -> Result:
    """One round to warm up, then `repetitions`."""
    result = Result(scenario.name)
    say(f"{scenario.name}: starting")
    with scenario.open() as run:
        run()
        for repetition in range(repetitions):
            time.sleep(_SETTLE_S)
            result.busy.append(busy_cores())
            values = run()
            for name, value in values.items():
                result.values.setdefault(name, []).append(value)
            said = "; ".join(f"{name} {value:.4g}" for name, value in values.items())
            say(f"  {repetition + 1}: {result.busy[-1] or 0:.2f} cores busy elsewhere; {said}")
    return result
