"""How requests arrive: so many at a time, or so many a second. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum


class Arrivals(Enum):
    """How requests of a given rate are spread over time."""

    FIXED = "fixed"
    """At equal distances."""
    POISSON = "poisson"
    """Independently of each other, as many users' requests are: exponential distances."""


@dataclass(frozen=True, slots=True)
class Closed:
    """`concurrency` callers, each of which asks again when it has its answer."""

    concurrency: int = 1

    def __str__(self) -> str:
        return "one at a time" if self.concurrency == 1 else f"{self.concurrency} at a time"


@dataclass(frozen=True, slots=True)
class Open:
    """`rate` requests a second, whether or not earlier ones are answered."""

    rate: float
    arrivals: Arrivals = Arrivals.POISSON

    def __str__(self) -> str:
        return f"{self.rate:g}/s {self.arrivals.value}"


Load = Closed | Open

ONE_AT_A_TIME = Closed()


def due(load: Load, count: int, seed: int) -> list[float]:
    """When each of `count` requests is due, in seconds from the first; of a Closed load, at once."""
    match load:
        case Closed():
            return [0.0] * count
        case Open(rate, Arrivals.FIXED):
            return [n / rate for n in range(count)]
        case Open(rate):
            draw = random.Random(seed)
            at, found = 0.0, []
            for _ in range(count):
                found.append(at)
                at += draw.expovariate(rate)
            return found


MOST_CALLERS = 256
"""Of an Open load: with as many unanswered, the next one is late, and its lateness is in the results."""


def as_json(load: Load) -> dict[str, object]:
    match load:
        case Closed(concurrency):
            return {"concurrency": concurrency}
        case Open(rate, arrivals):
            return {"rate": rate, "arrivals": arrivals.value}


def from_json(value: dict[str, object]) -> Load:
    if "concurrency" in value:
        return Closed(int(str(value["concurrency"])))
    return Open(float(str(value["rate"])), Arrivals(value["arrivals"]))
