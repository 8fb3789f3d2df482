"""Two runs, cell by cell: what has changed, and whether chance alone would have changed it as much. Pure.

Requests of the same prompt and seed are paired, so that what differs between prompts is not counted as a
difference between runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from spinfer.bench.cells import Cell
from spinfer.bench.conditions import Condition
from spinfer.bench.metrics import METRICS, Better, Metric
from spinfer.bench.statistics import (
    Floats,
    Interval,
    percentile_interval,
    permutation_p,
    resampled_means,
)
from spinfer.bench.summary import CellSummary, Summary
from spinfer.errors import ConfigError

ALPHA = 0.05
"""A change is called significant when chance would bring one as large less often than this."""

DEFAULT_METRICS = ("decode_tps", "ttft", "e2e", "own_cost", "correct", "json_valid", "log_probability")


@dataclass(frozen=True, slots=True)
class Change:
    """Of one metric's mean in one cell. `relative` is (after - before) ÷ |before|, None where that is 0."""

    cell: Cell
    metric: Metric
    before: float
    after: float
    relative: float | None
    interval: Interval | None
    """Of `relative`, 95 %; None where there is too little to tell."""
    p: float | None
    """How often chance alone would change it as much; None where there is too little to tell."""
    paired: int
    """Pairs of requests, 0 where values are not paired."""

    @property
    def significant(self) -> bool:
        return self.p is not None and self.p < ALPHA

    @property
    def worse(self) -> bool:
        """Significantly, and in the direction that is not wanted."""
        up = self.after > self.before
        wrong = (self.metric.better is Better.LESS and up) or (self.metric.better is Better.MORE and not up)
        return self.significant and wrong


@dataclass(frozen=True, slots=True)
class Comparison:
    """`notes` are sentences on what could not be compared, or only with care."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]

    def broken(self, conditions: Iterable[Condition]) -> list[tuple[Condition, Change]]:
        """Changes that are significant and one too many; a number that is in neither run breaks nothing."""
        return [
            (condition, change)
            for condition in conditions
            for change in self.changes
            if change.metric.name == condition.metric
            and change.relative is not None
            and change.significant
            and condition.broken_by(change.relative)
        ]


def compare(before: Summary, after: Summary, names: Sequence[str], *, force: bool) -> Comparison:
    """Raises ConfigError for runs of different prompts, unless `force`, and without a common cell."""
    notes = [*_prompts(before, after, force=force), *_surroundings(before, after)]
    first = {_key(cell.cell): cell for cell in before.cells}
    second = {_key(cell.cell): cell for cell in after.cells}
    common = [key for key in first if key in second]
    if not common:
        raise ConfigError(
            "the two runs have no cell in common: no two share target, model, load and parameters",
            cure="Compare runs of the same scenario.",
        )
    for which, alone in (("first", len(first) - len(common)), ("second", len(second) - len(common))):
        if alone:
            notes.append(f"{alone:,} cells are in the {which} run only, and are left out.")
    wanted = [metric for metric in METRICS if metric.name in names]
    changes = [
        change
        for key in common
        for metric in wanted
        if (change := _change(first[key], second[key], metric)) is not None
    ]
    return Comparison(tuple(changes), tuple(notes))


def _key(cell: Cell) -> str:
    return cell.id


def _prompts(before: Summary, after: Summary, *, force: bool) -> list[str]:
    one, other = ({prompt.id for prompt in summary.experiment.prompts} for summary in (before, after))
    if one == other:
        return []
    what = f"the two runs asked different prompts: {len(one & other)} of {len(one | other)} are common"
    if not force:
        raise ConfigError(what, cure="Compare runs of the same prompts, or pass --force.")
    return [f"Careful: {what}."]


def _surroundings(before: Summary, after: Summary) -> list[str]:
    """What else has changed between the runs, and may be why."""
    found = [
        f"The {which} run is partial." for which, run in (("first", before), ("second", after)) if run.partial
    ]
    found += [
        f"The {which} run: {run.noise}" for which, run in (("first", before), ("second", after)) if run.noise
    ]
    if not before.sessions or not after.sessions:
        return found
    one, other = before.sessions[0], after.sessions[0]
    for what in ("cpu", "physical_cores"):
        if one["environment"][what] != other["environment"][what]:
            found.append(
                f"The machines differ: {one['environment'][what]}, then {other['environment'][what]}."
            )
    for name, version in one["environment"]["versions"].items():
        if other["environment"]["versions"].get(name) != version:
            found.append(f"{name} was {version}, then {other['environment']['versions'].get(name)}.")
    hashes = [{model["name"]: model.get("sha256") for model in session["models"]} for session in (one, other)]
    for name in hashes[0].keys() & hashes[1].keys():
        if hashes[0][name] != hashes[1][name]:
            found.append(f"Model {name} is another file.")
    return found


def _change(before: CellSummary, after: CellSummary, metric: Metric) -> Change | None:
    """None where one of them has no value."""
    one, other = _values(before, metric.name), _values(after, metric.name)
    if not one or not other:
        return None
    common = [key for key in one if key in other]
    paired = len(common) == len(one) == len(other)
    keys = (common, common) if paired else (list(one), list(other))
    a, b = np.array([one[key] for key in keys[0]]), np.array([other[key] for key in keys[1]])
    mean = float(a.mean())
    enough = len(a) > 1 and len(b) > 1
    return Change(
        cell=before.cell,
        metric=metric,
        before=mean,
        after=float(b.mean()),
        relative=(float(b.mean()) - mean) / abs(mean) if mean else None,
        interval=_interval(a, b, paired=paired) if enough and mean else None,
        p=permutation_p(a, b, paired=paired) if enough else None,
        paired=len(common) if paired else 0,
    )


def _values(cell: CellSummary, name: str) -> dict[tuple[str, int, int], float]:
    """By prompt, seed and number in its repetition."""
    return {
        (one.record.prompt, one.record.seed, one.record.number): value
        for one in cell.requests
        if (value := one.values.get(name)) is not None
    }


def _interval(one: Floats, other: Floats, *, paired: bool) -> Interval:
    """Of the relative change of the mean. Paired values are drawn together: with the same seed."""
    first, second = resampled_means(one), resampled_means(other, seed=None if paired else 1)
    base = np.abs(first)
    return percentile_interval((second - first)[base > 0] / base[base > 0])
