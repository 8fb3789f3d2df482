"""Results as tables for spreadsheets: one row a cell, or one a request; all numbers, plain, in base units."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from spinfer.bench.metrics import METRICS
from spinfer.bench.parameters import PARAMETERS
from spinfer.bench.summary import CellSummary, Summary, value_of

_SETTINGS = ("target", "model", "load", "prompt_tokens", *(parameter.name for parameter in PARAMETERS))
_STATS = ("mean", "sd", "ci_low", "ci_high", "p50", "p95", "p99")


def cells(summary: Summary) -> str:
    """One row a cell; times in seconds, shares from 0 to 1."""
    heads = [f"{metric.name}_{stat}" for metric in METRICS for stat in _STATS]
    rates = ("requests", "failed", "tokens_per_s", "requests_per_s", "goodput", "goodput_share")
    rows = ([cell.cell.id, *_settings(cell), *_rates(cell), *_stats(cell)] for cell in summary.cells)
    return _written(["cell", *_SETTINGS, *rates, *heads], rows)


def requests(summary: Summary) -> str:
    """One row a measured request."""
    names = [metric.name for metric in METRICS]
    heads = ["request", "cell", *_SETTINGS, "repetition", "prompt", "seed", "error", *names, "answer"]
    rows = (
        [
            *(one.record.id, cell.cell.id, *_settings(cell), one.record.repetition, one.record.prompt),
            *(
                one.record.seed,
                one.record.error,
                *(one.values.get(name) for name in names),
                one.record.answer,
            ),
        ]
        for cell in summary.cells
        for one in cell.requests
    )
    return _written(heads, rows)


def _settings(cell: CellSummary) -> list[object]:
    return [value_of(cell.cell, name) for name in _SETTINGS]


def _rates(cell: CellSummary) -> list[object]:
    shares = (cell.tokens_per_s, cell.requests_per_s, cell.goodput, cell.goodput_share)
    return [len(cell.requests), cell.failed, *shares]


def _stats(cell: CellSummary) -> list[object]:
    found: list[object] = []
    for metric in METRICS:
        stats = cell.stats.get(metric.name)
        if stats is None:
            found += [None] * len(_STATS)
        else:
            low, high = (None, None) if stats.ci is None else (stats.ci.low, stats.ci.high)
            found += [stats.mean, stats.sd, low, high, stats.p50, stats.p95, stats.p99]
    return found


def _written(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(["" if value is None else _plain(value) for value in row] for row in rows)
    return out.getvalue()


def _plain(value: object) -> object:
    return f"{value:.9g}" if isinstance(value, float) else value
