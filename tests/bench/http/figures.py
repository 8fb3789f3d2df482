"""What is measured, by name, and what it is to reach."""

from __future__ import annotations

from bench.engine.figures import Figure, Goal

FLOOR = "the floor: cores ÷ (instantiate + guest)"
RATE = "spinfer up"
JCO = "jco serve"
OWN = "host's own time a request"
MEMORY = "memory"
FIRST_BYTE = "first byte"
SENDING = "sending a piece"
START = "start"

PYTHON, JAVASCRIPT, C = "Python", "JavaScript", "C"


def _throughput(guest: str, floor: Goal | None, against: Goal, mode: str) -> tuple[Figure, ...]:
    return (
        Figure(f"{guest} hello, 8 connections: requests/s ÷ the floor", guest, RATE, FLOOR, floor),
        Figure(f"{guest} hello ÷ `jco serve`, {mode}", guest, RATE, JCO, against),
        Figure(f"host's own time a request, {guest} guest, ms", guest, OWN, goal=Goal(1.5, at_most=True)),
    )


FIGURES = (
    *_throughput(PYTHON, Goal(0.75), Goal(0.9), "one instance shared by all requests"),
    *_throughput(JAVASCRIPT, Goal(0.7), Goal(3), "an instance for each request"),
    *_throughput(C, None, Goal(1), "one instance shared by all requests"),
    Figure(
        "first byte of a streamed answer, after the engine's first token of three, ms",
        FIRST_BYTE,
        FIRST_BYTE,
        goal=Goal(5, at_most=True),
    ),
    Figure("the same after the third, with which the guest sends it, ms", FIRST_BYTE, SENDING),
    Figure(
        "200 idle connections and 32 Python guests, MiB over the idle host",
        MEMORY,
        MEMORY,
        goal=Goal(400, at_most=True),
    ),
    Figure(
        "warm start of a 37 MB Python app to its first 200, s", START, START, goal=Goal(1.5, at_most=True)
    ),
)
