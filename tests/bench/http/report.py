"""What was measured, as tables in Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bench.engine.figures import Spread
from bench.http.figures import FIGURES
from bench.http.harness import QUIET, Result
from bench.http.scenarios import CORES

_NOTE = (
    "wrk, which makes the load, runs on the same cores. `instantiate` and `guest` are wasmtime's own time "
    "on one thread of a process that does nothing else."
)


def markdown(results: Sequence[Result]) -> str:
    """The figures, then all that they are made of."""
    return "\n".join(_lines(results))


def _lines(results: Sequence[Result]) -> Iterator[str]:
    by_name = {result.name: result for result in results}
    rounds = len(results[0].busy) if results else 0
    yield f"{CORES} cores; median of {rounds} rounds, in which the contenders take turns."
    yield from ("", "| figure | goal | median | least – greatest |", "|---|---|---|---|")
    for figure in FIGURES:
        if figure.scenario in by_name:
            spread = figure.measured(by_name[figure.scenario].values)
            mark = "" if figure.goal is None else (" ✓" if figure.goal.reached(spread.median) else " ✗")
            goal = "" if figure.goal is None else str(figure.goal)
            yield f"| {figure.name} | {goal} | {spread.median:.3g}{mark} | {_ends(spread)} |"
    yield from ("", "| guest | measured | median | least – greatest |", "|---|---|---|---|")
    for result in results:
        for name, values in result.values.items():
            spread = Spread(tuple(values))
            yield f"| {result.name} | {name} | {spread.median:.4g} | {_ends(spread)} |"
    yield from ("", _NOTE)
    noisy = [result.name for result in results if not result.quiet]
    if noisy:
        yield from ("", f"**Not quiet** (more than {QUIET:g} cores busy elsewhere): {'; '.join(noisy)}.")


def _ends(spread: Spread) -> str:
    return f"{spread.least:.3g} – {spread.greatest:.3g}"


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Everything, to be looked at by programs."""
    by_name = {result.name: result for result in results}
    return {
        "cores": CORES,
        "scenarios": {r.name: {"values": r.values, "busy_cores_before": r.busy} for r in results},
        "figures": [
            {
                "name": figure.name,
                "goal": None if figure.goal is None else str(figure.goal),
                "median": figure.measured(by_name[figure.scenario].values).median,
            }
            for figure in FIGURES
            if figure.scenario in by_name
        ],
    }
