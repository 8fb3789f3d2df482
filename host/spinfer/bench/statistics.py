"""Means, percentiles and how sure they are. Pure; the same values always give the same numbers.

Confidence intervals are percentile bootstraps of 95 % (Efron and Tibshirani, An Introduction to the
Bootstrap, 1993, chapter 13). They take the values to be independent draws: what all requests of a run share,
such as a machine that was busy that hour, they know nothing of.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
LEVEL = 0.95
_SEED = 20120
_CHUNK = 2_000_000
"""Random numbers that are held at once."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Stats:
    """Of at least one value. `sd` is the sample's standard deviation, 0 for a single value."""

    count: int
    mean: float
    sd: float
    least: float
    p50: float
    p95: float
    p99: float
    greatest: float
    ci: Interval | None
    """Of the mean; None for a single value, of which nothing is known."""


def describe(values: Sequence[float]) -> Stats | None:
    """None for no values. Percentiles are interpolated linearly between the closest two values."""
    if not values:
        return None
    sample = np.asarray(values, np.float64)
    p50, p95, p99 = percentiles(sample, (50, 95, 99))
    return Stats(
        count=len(sample),
        mean=float(sample.mean()),
        sd=float(sample.std(ddof=1)) if len(sample) > 1 else 0.0,
        least=float(sample.min()),
        p50=p50,
        p95=p95,
        p99=p99,
        greatest=float(sample.max()),
        ci=interval_of_mean(sample) if len(sample) > 1 else None,
    )


def interval_of_mean(sample: Floats) -> Interval:
    """Where the mean would lie in 95 of 100 repetitions."""
    return percentile_interval(resampled_means(sample))


def percentile_interval(draws: Floats) -> Interval:
    tail = 100 * (1 - LEVEL) / 2
    low, high = percentiles(draws, (tail, 100 - tail))
    return Interval(low, high)


def percentiles(sample: Floats, wanted: Sequence[float]) -> tuple[float, ...]:
    """Interpolated linearly, as numpy does it, only quicker: a report takes tens of thousands."""
    ordered = np.sort(sample)
    found = []
    for each in wanted:
        place = (len(ordered) - 1) * each / 100
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        found.append(float(ordered[below] + (ordered[above] - ordered[below]) * (place - below)))
    return tuple(found)


def resampled_means(sample: Floats, *, seed: int | None = None) -> Floats:
    """Means of RESAMPLES samples, drawn from this one with replacement; equal seeds draw equal places."""
    seed = _SEED if seed is None else seed
    if sample.min() == sample.max():
        return np.full(RESAMPLES, sample[0])
    if len(sample) * RESAMPLES <= _CHUNK:
        return np.asarray(sample[_indices(len(sample), seed)].mean(axis=1))
    draw = np.random.default_rng(seed)
    rows = max(1, _CHUNK // len(sample))
    parts = [
        sample[draw.integers(0, len(sample), (min(rows, RESAMPLES - at), len(sample)))].mean(axis=1)
        for at in range(0, RESAMPLES, rows)
    ]
    return np.concatenate(parts)


def permutation_p(one: Floats, other: Floats, *, paired: bool) -> float:
    """How often means would differ as much as these do, if it made no difference which run a value is from.

    Two-sided. Paired: the signs of the differences are changed at random; otherwise the labels are (Good,
    Permutation Tests, 2000). Never 0: the observed arrangement is one of those that count.
    """
    draw = np.random.default_rng(_SEED)
    if paired:
        differences = other - one
        found = abs(differences.mean())
        signs = draw.choice((-1.0, 1.0), (RESAMPLES, len(differences)))
        means = np.abs((signs * differences).mean(axis=1))
    else:
        found = abs(other.mean() - one.mean())
        both = np.concatenate([one, other])
        total, n = both.sum(), len(one)
        sums = np.array([draw.permutation(both)[:n].sum() for _ in range(RESAMPLES)])
        means = np.abs((total - sums) / len(other) - sums / n)
    tolerance = 1e-12 * max(1.0, float(found))
    return float((1 + np.count_nonzero(means >= found - tolerance)) / (RESAMPLES + 1))


@functools.cache
def _indices(count: int, seed: int) -> NDArray[np.intp]:
    """Shared by all samples of one size: what is drawn does not depend on what is in them."""
    return np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))
