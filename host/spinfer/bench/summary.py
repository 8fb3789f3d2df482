"""From a journal to what reports show: for each cell, what its requests came to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinfer.bench import environment, metrics, saturation, schemas, slo
from spinfer.bench import experiment as experiments
from spinfer.bench.cells import Cell
from spinfer.bench.experiment import Experiment
from spinfer.bench.journal import Journal
from spinfer.bench.load import Closed
from spinfer.bench.metrics import METRICS, Values
from spinfer.bench.quality import Judge
from spinfer.bench.record import Record
from spinfer.bench.schedule import Purpose, total
from spinfer.bench.statistics import Stats, describe, percentiles

Percentiles = tuple[float, float, float]
"""The 50th, the 95th and the 99th."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A measured request and all its numbers; one that failed has none."""

    record: Record
    values: Values


@dataclass(frozen=True, slots=True)
class CellSummary:
    """`stats` by the metric's name; one that no request has is not there. Rates count answered requests."""

    cell: Cell
    requests: tuple[Judged, ...]
    stats: Mapping[str, Stats]
    itl: Percentiles | None
    """Seconds between two tokens, those of all requests together."""
    wall_s: float
    errors: tuple[tuple[str, int], ...] = ()
    """What went wrong, and how often."""
    goodput_share: float | None = None
    """Requests that kept to the SLO, of all; None without one."""

    @property
    def failed(self) -> int:
        return sum(count for _, count in self.errors)

    @property
    def answered(self) -> int:
        return len(self.requests) - self.failed

    @property
    def requests_per_s(self) -> float | None:
        return self.answered / self.wall_s if self.wall_s else None

    @property
    def tokens_per_s(self) -> float | None:
        """Generated tokens of all requests, over the time that the cell took."""
        tokens = self.stats.get("generated_tokens")
        return tokens.mean * tokens.count / self.wall_s if tokens and self.wall_s else None

    @property
    def goodput(self) -> float | None:
        """Requests a second that kept to the SLO (Zhong et al., DistServe, OSDI 2024)."""
        if self.goodput_share is None or not self.wall_s:
            return None
        return self.goodput_share * len(self.requests) / self.wall_s

    def mean(self, metric: str) -> float | None:
        stats = self.stats.get(metric)
        return None if stats is None else stats.mean


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run: `asked` of `planned` requests. `noise` is a sentence, or None for a quiet machine."""

    experiment: Experiment
    sessions: tuple[dict[str, Any], ...]
    cells: tuple[CellSummary, ...]
    asked: int
    planned: int | None
    """None: found out as it goes."""
    partial: bool
    busy_cores: float | None
    noise: str | None

    @property
    def failed(self) -> int:
        return sum(cell.failed for cell in self.cells)

    @property
    def varying(self) -> tuple[str, ...]:
        """What tells the cells apart: parameters, and `target`, `model`, `load`, `prompt_tokens`."""
        columns = {name: {value_of(cell.cell, name) for cell in self.cells} for name in _names(self.cells)}
        return tuple(name for name, values in columns.items() if len(values) > 1)

    @property
    def saturation(self) -> int | None:
        """Callers at which one more brings nothing, where that was looked for: of the first such cell."""
        loads = [
            (cell.cell.load.concurrency, cell.tokens_per_s or 0.0)
            for cell in self.cells
            if isinstance(cell.cell.load, Closed)
        ]
        return saturation.saturated_at(loads) if self.experiment.saturate else None


def value_of(cell: Cell, name: str) -> object:
    """Of a parameter (None: not set), or of `target`, `model`, `load` or `prompt_tokens`."""
    match name:
        case "target":
            return cell.target.value
        case "model" | "prompt_tokens":
            return getattr(cell, name)
        case "load":
            return str(cell.load)
    return dict(cell.settings).get(name)


def summarize(journal: Journal) -> Summary:
    """Raises ConfigError for a JSON schema that cannot be used."""
    experiment = experiments.from_json(journal.run)
    cells = journal.cells
    measured = [r for r in journal.records.values() if r.purpose is Purpose.MEASURE]
    prompts = {prompt.id: prompt for prompt in experiment.prompts}
    judge = Judge(cells, prompts, list(journal.records.values()), journal.scores, schemas.checker)
    by_cell: dict[str, list[Judged]] = {}
    for record in measured:
        values = {} if record.failed else {**metrics.speed(record), **judge.judge(record)}
        by_cell.setdefault(record.cell, []).append(Judged(record, values))
    walls = _walls(journal)
    found = tuple(
        _summarize_cell(cells[id], judged, walls.get(id, 0.0), experiment.slo)
        for id, judged in by_cell.items()
    )
    order = {id: place for place, id in enumerate(cells)}
    busy = _busy_cores(journal)
    planned = None if experiment.saturate else total(experiment.plan, experiment.cells)
    return Summary(
        experiment=experiment,
        sessions=tuple(journal.sessions),
        cells=tuple(sorted(found, key=lambda cell: order[cell.cell.id])),
        asked=len(measured),
        planned=planned,
        partial=not journal.ended,
        busy_cores=busy,
        noise=environment.noise(busy),
    )


def _summarize_cell(cell: Cell, judged: list[Judged], wall_s: float, objective: slo.Slo) -> CellSummary:
    answered = [one for one in judged if not one.record.failed]
    stats = {}
    for metric in METRICS:
        values = [value for one in answered if (value := one.values.get(metric.name)) is not None]
        if (described := describe(values)) is not None:
            stats[metric.name] = described
    gaps = [gap / 1e6 for one in answered for call in one.record.inferences for gap in call.tokens_us[1:]]
    errors = Counter(str(one.record.error) for one in judged if one.record.failed)
    kept = sum(objective.met(one.values) for one in answered)
    return CellSummary(
        cell=cell,
        requests=tuple(judged),
        stats=stats,
        itl=_percentiles(gaps),
        wall_s=wall_s,
        errors=tuple(errors.most_common()),
        goodput_share=kept / len(judged) if objective and judged else None,
    )


def _percentiles(values: list[float]) -> Percentiles | None:
    if not values:
        return None
    p50, p95, p99 = percentiles(np.array(values), (50, 95, 99))
    return p50, p95, p99


def _walls(journal: Journal) -> dict[str, float]:
    """Seconds that each cell's complete blocks took; a block that was asked again counts once."""
    blocks = {block["id"]: block for block in journal.blocks if block["purpose"] == Purpose.MEASURE.value}
    found: dict[str, float] = {}
    for block in blocks.values():
        found[block["cell"]] = found.get(block["cell"], 0.0) + block["wall_s"]
    return found


def _busy_cores(journal: Journal) -> float | None:
    """Cores that others kept busy while something was measured, on average."""
    blocks = [block for block in journal.blocks if block["others_cpu_s"] is not None]
    wall_s = sum(block["wall_s"] for block in blocks)
    return sum(block["others_cpu_s"] for block in blocks) / wall_s if wall_s else None


def _names(cells: tuple[CellSummary, ...]) -> list[str]:
    parameters = dict.fromkeys(name for cell in cells for name, _ in cell.cell.settings)
    return ["target", "model", "load", "prompt_tokens", *parameters]
