import numpy as np
import pytest

from spinfer.bench import statistics
from spinfer.bench.statistics import describe, permutation_p


def test_numbers_of_a_known_sample() -> None:
    stats = describe([4.0, 1.0, 3.0, 2.0])
    assert stats is not None
    assert (stats.count, stats.mean, stats.p50, stats.least, stats.greatest) == (4, 2.5, 2.5, 1, 4)
    assert stats.sd == pytest.approx(1.2909944)
    assert stats.p95 == pytest.approx(3.85)


def test_percentiles_are_numpys() -> None:
    draw = np.random.default_rng(9)
    for size in (1, 2, 3, 10, 101):
        sample = draw.normal(0, 1, size)
        wanted = (0, 2.5, 50, 95, 99, 100)
        assert statistics.percentiles(sample, wanted) == pytest.approx(tuple(np.percentile(sample, wanted)))


def test_nothing_and_one_value() -> None:
    assert describe([]) is None
    one = describe([7.0])
    assert one is not None
    assert (one.sd, one.ci) == (0.0, None)


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    draw = np.random.default_rng(1)
    hits = 0
    for _ in range(400):
        stats = describe(list(draw.normal(5.0, 2.0, 40)))
        assert stats is not None
        assert stats.ci is not None
        hits += 5.0 in stats.ci
    assert 0.90 < hits / 400 < 0.98


def test_the_same_values_give_the_same_interval() -> None:
    assert describe([1.0, 2.0, 9.0]) == describe([1.0, 2.0, 9.0])


def test_large_samples_are_resampled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = np.random.default_rng(2).normal(0, 1, 5000)
    found = statistics.interval_of_mean(sample)
    assert 0 in found
    assert found.high - found.low == pytest.approx(2 * 1.96 / 5000**0.5, rel=0.1)


@pytest.mark.parametrize("paired", [True, False])
def test_chance_alone_is_seldom_called_a_difference(paired: bool) -> None:
    draw = np.random.default_rng(3)
    p = [permutation_p(draw.normal(0, 1, 20), draw.normal(0, 1, 20), paired=paired) for _ in range(60)]
    assert sum(each < 0.05 for each in p) <= 8
    assert max(p) > 0.7


@pytest.mark.parametrize("paired", [True, False])
def test_a_difference_is_found(paired: bool) -> None:
    one = np.random.default_rng(4).normal(0, 1, 30)
    assert permutation_p(one, one + 1.5, paired=paired) < 0.01
    assert permutation_p(one, one, paired=paired) == 1
    least = 1 / (statistics.RESAMPLES + 1)
    assert permutation_p(one, one + 1e6, paired=paired) == pytest.approx(least), (
        "what was found is one of them"
    )


def test_pairs_see_what_the_spread_of_prompts_hides() -> None:
    one = np.random.default_rng(5).normal(0, 10, 30)
    other = one + 0.5 + np.random.default_rng(6).normal(0, 0.1, 30)
    assert permutation_p(one, other, paired=True) < 0.01 < 0.5 < permutation_p(one, other, paired=False)
