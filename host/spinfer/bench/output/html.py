"""Results as one page that needs nothing else: no network, no other file. Its script draws its data."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Callable, Iterable
from importlib.resources import files
from string import Template
from typing import Any

from spinfer.bench.metrics import BY_NAME, COUNTS, METRICS, OUTPUT, SPEED, Metric
from spinfer.bench.output.columns import columns, notes
from spinfer.bench.output.facts import facts
from spinfer.bench.schedule import Purpose
from spinfer.bench.summary import CellSummary, Judged, Summary, value_of

MOST_SAMPLE_CHARACTERS = 1_200_000
"""Of all answers on the page: with more, only some cells show theirs."""
_LONGEST_ANSWER = 1200
_BINS = 120
_SCRIPTS = ("draw.js", "views.js", "pages.js")


def report(summary: Summary) -> str:
    """The page."""
    page = files(__package__) / "page"
    # "<" cannot end the script that the data stands in
    data = json.dumps(_data(summary), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Template((page / "page.html").read_text("utf-8")).substitute(
        title=html.escape(_title(summary)),
        style=(page / "style.css").read_text("utf-8"),
        script="\n".join((page / name).read_text("utf-8") for name in _SCRIPTS),
        data=data,
    )


def _title(summary: Summary) -> str:
    return f"spinfer bench: {summary.experiment.name}" if summary.experiment.name else "spinfer bench"


def _data(summary: Summary) -> dict[str, Any]:
    axes = list(summary.varying)
    table = columns(summary)
    return {
        "lead": _lead(summary),
        "notes": [[note, note in (summary.noise, *_warnings(summary))] for note in notes(summary)],
        "axes": axes,
        "groups": axes or ["target"],
        "metrics": [
            *(_metric(metric, "speed") for metric in SPEED),
            *(_metric(metric, "count") for metric in COUNTS),
            *(_metric(metric, "output") for metric in OUTPUT),
        ],
        "cells": [_cell(cell, axes or ["target"]) for cell in summary.cells],
        "histograms": [found for each in _HISTOGRAMS if (found := _histogram(summary, *each)) is not None],
        "samples": _samples(summary),
        "columns": [{"head": c.head, "unit": c.unit, "numeric": c.numeric} for c in table],
        "rows": [[column.text(cell) for column in table] for cell in summary.cells],
        "facts": facts(summary),
    }


def _lead(summary: Summary) -> str:
    models = ", ".join(dict.fromkeys(cell.cell.model for cell in summary.cells))
    count = f"{summary.asked:,} requests in {len(summary.cells):,} cells"
    when = f", {summary.sessions[0]['environment']['time'][:10]}" if summary.sessions else ""
    return f"{count}; model {models}{when}"


def _warnings(summary: Summary) -> Iterable[str]:
    """The notes that a reader must not miss."""
    return [note for note in notes(summary) if note.startswith("Partial") or " failed" in note]


def _metric(metric: Metric, group: str) -> dict[str, Any]:
    return {
        "name": metric.name,
        "label": metric.label,
        "unit": metric.unit,
        "better": metric.better.value,
        "says": metric.says,
        "scale": metric.scale,
        "digits": metric.digits,
        "group": group,
    }


def _cell(cell: CellSummary, axes: list[str]) -> dict[str, Any]:
    return {
        "label": ", ".join(f"{axis.replace('_', ' ')} {_said(value_of(cell.cell, axis))}" for axis in axes),
        "at": {axis: value_of(cell.cell, axis) for axis in axes},
        "stats": {
            metric.name: [_short(cell.stats[metric.name].mean)]
            for metric in METRICS
            if metric.name in cell.stats
        },
    }


def _said(value: object) -> str:
    if value is None:
        return "not set"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _of_request(name: str) -> Callable[[Judged], list[float]]:
    def values(one: Judged) -> list[float]:
        value = one.values.get(name)
        return [] if value is None else [value]

    return values


def _gaps(one: Judged) -> list[float]:
    return [gap / 1e6 for call in one.record.inferences for gap in call.tokens_us[1:]]


_HISTOGRAMS: tuple[tuple[str, str, str, Callable[[Judged], list[float]]], ...] = (
    ("ttft", BY_NAME["ttft"].label, "requests", _of_request("ttft")),
    ("e2e", BY_NAME["e2e"].label, "requests", _of_request("e2e")),
    ("itl", "between two tokens", "gaps", _gaps),
    ("tpot", BY_NAME["tpot"].label, "requests", _of_request("tpot")),
)


def _histogram(
    summary: Summary, name: str, label: str, of: str, values: Callable[[Judged], list[float]]
) -> dict[str, Any] | None:
    """Counts over bins of equal ratio, so that cells can be added up; None where there is nothing to count.

    `edges` are upper ones, in seconds; each cell has pairs of a bin and its count.
    """
    found = [[v for one in cell.requests for v in values(one) if v > 0] for cell in summary.cells]
    every = [value for values_ in found for value in values_]
    if not every:
        return None
    low, high = min(every), max(every)
    step = math.log(high / low) / _BINS if high > low else 1.0
    cells = []
    for values_ in found:
        counts: dict[int, int] = {}
        for value in values_:
            bin_ = min(_BINS, max(0, math.ceil(math.log(value / low) / step - 1e-9)))
            counts[bin_] = counts.get(bin_, 0) + 1
        cells.append(sorted(counts.items()))
    edges = [_short(low * math.exp(step * bin_)) for bin_ in range(_BINS + 1)]
    return {"name": name, "label": label, "unit": "ms", "of": of, "edges": edges, "cells": cells}


def _samples(summary: Summary) -> list[dict[str, Any]]:
    """For each prompt, what cells answered in their first repetition; of many cells, some evenly spread."""
    prompts = summary.experiment.prompts[:20]
    answers: dict[str, list[dict[str, Any]]] = {prompt.id: [] for prompt in prompts}
    length = sum(min(len(one.record.answer), _LONGEST_ANSWER) + 60 for _, one in _first_answers(summary))
    every = max(1, math.ceil(length / MOST_SAMPLE_CHARACTERS))
    for place, one in _first_answers(summary):
        if place % every == 0 and one.record.prompt in answers:
            answers[one.record.prompt].append(_sample(place, one))
    return [
        {"text": prompt.text, "expected": prompt.expected, "answers": answers[prompt.id]}
        for prompt in prompts
        if answers[prompt.id]
    ]


def _first_answers(summary: Summary) -> Iterable[tuple[int, Judged]]:
    """With the place of their cell; each prompt once."""
    for place, cell in enumerate(summary.cells):
        seen: set[str] = set()
        for one in cell.requests:
            record = one.record
            first = record.repetition == 0 and record.purpose is Purpose.MEASURE and not record.failed
            if first and record.prompt not in seen:
                seen.add(record.prompt)
                yield place, one


def _sample(place: int, one: Judged) -> dict[str, Any]:
    text = one.record.answer
    calls = one.record.inferences
    return {
        "cell": place,
        "text": text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]} …",
        "tokens": sum(call.generated_tokens for call in calls),
        "finish": calls[-1].finish if calls else None,
        "seed": one.record.seed,
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")
