"""What must not happen between two runs, as `decode_tps < -5%` says it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spinfer.bench.metrics import BY_NAME

_CONDITION = re.compile(r"\s*(?P<name>\w+)\s*(?P<sign><|>)\s*(?P<number>[+-]?\d+(?:\.\d+)?)\s*%\s*")


class BadCondition(ValueError):
    """The text is no condition; it says why, and what to write."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A change of a metric's mean, relative to the first run, that is one too many."""

    metric: str
    above: bool
    change: float
    """0.05 is 5 %."""

    def __str__(self) -> str:
        return f"{self.metric} {'>' if self.above else '<'} {100 * self.change:g}%"

    def broken_by(self, change: float) -> bool:
        return change > self.change if self.above else change < self.change


def parse(text: str) -> Condition:
    """Raises BadCondition."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise BadCondition(f"`{text}` is no condition; write for example 'decode_tps < -5%' or 'ttft > 10%'")
    if found["name"] not in BY_NAME:
        raise BadCondition(f"there is no number `{found['name']}`; there are {', '.join(BY_NAME)}")
    return Condition(found["name"], found["sign"] == ">", float(found["number"]) / 100)
