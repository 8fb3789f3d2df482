"""What an examination found: a mistake with its cure, a hint, or that all is well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from spinfer.errors import OperatorError, Problem


class Level(Enum):
    """How much it matters."""

    FINE = "fine"
    HINT = "hint"
    """The app runs; something should be known, or could be better."""
    PROBLEM = "problem"
    """The app does not run, or a part of it does not."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A cure that can be applied without asking: nobody's work is changed in its meaning."""

    what: str
    apply: Callable[[], None]
    """Raises OperatorError where it does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    """`manifest`, `component`, `model`, `grant`, `variable`, `channel`, `configuration`, `port` or `cpu`."""
    level: Level
    problem: Problem
    """Where nothing is wrong, `what` says what was found."""
    fix: Fix | None = None


def fine(topic: str, what: str, where: str = "") -> Finding:
    return Finding(topic, Level.FINE, Problem(what, where))


def hint(topic: str, what: str, where: str, cure: str) -> Finding:
    return Finding(topic, Level.HINT, Problem(what, where, cure))


def problems(topic: str, found: Iterable[Problem]) -> Iterator[Finding]:
    return (Finding(topic, Level.PROBLEM, problem) for problem in found)


def refusals(topic: str, attempt: Callable[[], object]) -> tuple[Finding, ...]:
    """What keeps `attempt` from working; nothing if it does."""
    try:
        attempt()
    except OperatorError as e:
        return tuple(problems(topic, e.problems))
    return ()
