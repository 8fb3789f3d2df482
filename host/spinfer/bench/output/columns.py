"""Which columns a table of cells has, and what stands in them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from spinfer.bench.metrics import BY_NAME, Metric
from spinfer.bench.statistics import Stats
from spinfer.bench.summary import CellSummary, Summary, value_of

NONE = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, its unit, and a cell's text in it."""

    head: str
    unit: str
    text: Callable[[CellSummary], str]
    numeric: bool = True


def tables(summary: Summary) -> list[tuple[str, list[Column]]]:
    """Speed and what is said: each with what tells the cells apart, as far as any cell has it."""
    found = [("Speed", _speed(summary)), ("Answers", _output(summary))]
    return [(name, [*_settings(summary), *columns]) for name, columns in found if columns]


def columns(summary: Summary) -> list[Column]:
    """Both tables in one."""
    return [*_settings(summary), *_speed(summary), *_output(summary)]


def _settings(summary: Summary) -> list[Column]:
    names = summary.varying or ("target",)
    found = [
        Column(name.replace("_", " "), "", _setting(name), name not in ("target", "model", "load"))
        for name in names
    ]
    return [
        *found,
        Column(
            "n",
            "",
            lambda cell: f"{cell.answered}/{len(cell.requests)}" if cell.failed else f"{cell.answered}",
        ),
    ]


def _setting(name: str) -> Callable[[CellSummary], str]:
    def text(cell: CellSummary) -> str:
        value = value_of(cell.cell, name)
        if value is None:
            return NONE
        return f"{value:g}" if isinstance(value, int | float) else str(value)

    return text


def _speed(summary: Summary) -> list[Column]:
    found = [
        _mean(summary, "decode_tps", interval=True),
        _of(summary, "ttft", "TTFT p50", lambda stats: stats.p50),
        _of(summary, "ttft", "TTFT p95", lambda stats: stats.p95),
        _of(summary, "tpot", "TPOT", lambda stats: stats.mean),
        _of(summary, "own_cost", "guest's own cost", lambda stats: stats.p50),
        _of(summary, "e2e", "end to end p95", lambda stats: stats.p95),
        _of(summary, "queue", "queue p95", lambda stats: stats.p95),
        _of(summary, "instantiate", "instantiate", lambda stats: stats.p50),
        _of(summary, "host", "host calls", lambda stats: stats.p50),
    ]
    if (
        any(cell.cell.load != summary.cells[0].cell.load for cell in summary.cells)
        or summary.experiment.saturate
    ):
        found.append(Column("throughput", "tokens/s", lambda cell: _number(cell.tokens_per_s, 1)))
    if summary.experiment.slo:
        found.append(Column("in SLO", "%", lambda cell: _number(_percent(cell.goodput_share), 0)))
        found.append(Column("goodput", "requests/s", lambda cell: _number(cell.goodput, 2)))
    return [column for column in found if column is not None]


def _output(summary: Summary) -> list[Column]:
    names = ["correct", "json_valid", "own_end", "generated_tokens", "repetition", "greedy_likeness"]
    names += ["log_probability", "same_again"]
    if not summary.experiment.prompts:
        return []
    return [column for name in names if (column := _mean(summary, name)) is not None]


def _mean(summary: Summary, name: str, *, interval: bool = False) -> Column | None:
    metric = BY_NAME[name]

    def text(stats: Stats) -> str:
        shown = metric.shown(stats.mean)
        if not interval or stats.ci is None:
            return shown
        return f"{shown} ± {metric.shown((stats.ci.high - stats.ci.low) / 2)}"

    return _column(summary, metric, metric.label, text)


def _of(summary: Summary, name: str, head: str, of: Callable[[Stats], float]) -> Column | None:
    metric = BY_NAME[name]
    return _column(summary, metric, head, lambda stats: metric.shown(of(stats)))


def _column(summary: Summary, metric: Metric, head: str, text: Callable[[Stats], str]) -> Column | None:
    """None where no cell has a value."""
    if not any(metric.name in cell.stats for cell in summary.cells):
        return None

    def of(cell: CellSummary) -> str:
        stats = cell.stats.get(metric.name)
        return NONE if stats is None else text(stats)

    return Column(head, metric.unit, of)


def _number(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None) -> float | None:
    return None if value is None else value * 100


def notes(summary: Summary) -> Iterable[str]:
    """What whoever reads the numbers has to know, in sentences."""
    if summary.partial:
        of = "" if summary.planned is None else f" of {summary.planned:,}"
        yield f"Partial: interrupted after {summary.asked:,}{of} requests. Continue it with --resume."
    if summary.noise:
        yield summary.noise
    if summary.failed:
        worst = max((error for cell in summary.cells for error in cell.errors), key=lambda error: error[1])
        yield f"{summary.failed:,} requests failed; most often ({worst[1]:,} times): {worst[0]}"
    points = len({cell.cell.settings for cell in summary.cells})
    if points < summary.experiment.points and not summary.partial:
        yield f"A sample: {points:,} of the grid's {summary.experiment.points:,} sets of parameters."
    if summary.saturation is not None:
        most = f"{summary.saturation} requests at a time"
        yield f"Saturated at {most}: more brought less than 5 % more tokens a second."
    warm_up = summary.experiment.warm_up
    if warm_up:
        yield (
            f"Warm-up excluded: {warm_up} request{'s' if warm_up > 1 else ''} through each target to each "
            "model. Loading a model is timed apart."
        )
