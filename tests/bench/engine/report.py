"""What was measured, as tables in Markdown and as JSON."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.engine.figures import FIGURES, Figure, Spread
from bench.engine.harness import QUIET, Result
from bench.engine.tools import Tools, installed_features

_NOTE = (
    "`llama-bench` and `llama-batched-bench` draw no tokens and make no text; all others take the likeliest "
    "token each time and give text back. No model here ends an answer by itself, so all generate as many."
)


def markdown(results: Sequence[Result]) -> str:
    """The figures, then what every contender reached."""
    by_name = {result.scenario.name: result for result in results}
    lines = [_header(results), "", "| figure | goal | median | least – greatest |", "|---|---|---|---|"]
    lines += [_row(figure, by_name[figure.scenario]) for figure in FIGURES if figure.scenario in by_name]
    lines += ["", "| scenario | contender | median | least – greatest |", "|---|---|---|---|"]
    for result in results:
        for name, values in result.values.items():
            spread = Spread(tuple(values))
            lines.append(
                f"| {result.scenario.name} | {name} | {spread.median:.4g} {result.scenario.unit} "
                f"| {spread.least:.4g} – {spread.greatest:.4g} |"
            )
    lines += ["", _NOTE]
    noisy = [result.scenario.name for result in results if not result.quiet]
    if noisy:
        lines += ["", f"**Not quiet** (more than {QUIET:g} cores busy elsewhere): {'; '.join(noisy)}."]
    return "\n".join(lines)


def as_json(results: Sequence[Result], tools: Tools, repetitions: int) -> dict[str, Any]:
    """Everything, to be looked at by programs."""
    by_name = {result.scenario.name: result for result in results}
    return {
        "machine": _machine(),
        "versions": {name: version(name) for name in ("spinfer", "llama-cpp-python", "wasmtime", "numpy")},
        "llama_cpp": {
            "repacks": tools.repack,
            "features_of_the_tools": tools.features(),
            "features_of_the_bindings": installed_features(),
        },
        "repetitions": repetitions,
        "figures": [
            _figure(figure, by_name[figure.scenario].values)
            for figure in FIGURES
            if figure.scenario in by_name
        ],
        "scenarios": [_scenario(result) for result in results],
    }


def _header(results: Sequence[Result]) -> str:
    setups = [result.scenario.setup for result in results]
    threads = {setup.model.stem: setup.threads for setup in setups}
    models = "; ".join(f"{model}, threads: {count}" for model, count in threads.items())
    repetitions = len(results[0].busy) if results else 0
    return f"{_cpu()}, {os.cpu_count()} cores. {models}. Median of {repetitions} interleaved repetitions."


def _row(figure: Figure, result: Result) -> str:
    spread = figure.measured(result.values)
    goal, mark = "", ""
    if figure.goal is not None:
        goal, mark = str(figure.goal), " ✓" if figure.goal.reached(spread.median) else " ✗"
    value = f"{spread.median:.3f}{mark}"
    return f"| {figure.name} | {goal} | {value} | {spread.least:.3f} – {spread.greatest:.3f} |"


def _figure(figure: Figure, values: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    spread = figure.measured(values)
    goal = figure.goal
    return {
        "name": figure.name,
        "scenario": figure.scenario,
        "of": figure.of,
        "over": figure.over,
        "goal": None if goal is None else str(goal),
        "reached": None if goal is None else goal.reached(spread.median),
        "median": spread.median,
        "least": spread.least,
        "greatest": spread.greatest,
    }


def _scenario(result: Result) -> dict[str, Any]:
    scenario = result.scenario
    return {
        "name": scenario.name,
        "unit": scenario.unit,
        "model": scenario.setup.model.name,
        "threads": scenario.setup.threads,
        "busy_cores_before_each_repetition": result.busy,
        "values": result.values,
    }


def _machine() -> dict[str, Any]:
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
