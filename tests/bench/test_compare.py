from __future__ import annotations

import random
from dataclasses import replace

import pytest

from fakes.bench_journals import PROMPTS, journal
from spinfer.bench import conditions
from spinfer.bench.cells import Cell
from spinfer.bench.compare import DEFAULT_METRICS, Comparison, compare
from spinfer.bench.conditions import BadCondition, Condition
from spinfer.bench.prompts import Prompt
from spinfer.bench.summary import Summary, summarize
from spinfer.errors import ConfigError

AXES = (("temperature", (0, 1)),)


def run(slower: float = 1.0, seed: int = 0, **more: object) -> Summary:
    """Gaps that differ by a tenth from request to request, and from run to run by a hundredth."""

    def gap(cell: Cell, number: int) -> float:
        own = random.Random(f"{cell.id} {number}").gauss(1, 0.1)
        return 0.01 * own * slower * random.Random(f"{cell.id} {number} {seed}").gauss(1, 0.01)

    return summarize(journal(AXES, gap, repetitions=10, **more))


def compared(a: Summary, b: Summary, *names: str) -> Comparison:
    return compare(a, b, names or DEFAULT_METRICS, force=False)


def test_a_run_differs_from_itself_in_nothing() -> None:
    found = compared(run(), run())
    assert found.changes
    assert not any(change.significant for change in found.changes)
    assert all(change.relative == 0 for change in found.changes if change.before)
    assert found.notes == ()


def test_a_slower_run_is_found_and_by_how_much() -> None:
    found = compared(run(), run(1.05, seed=1), "decode_tps")
    assert len(found.changes) == 2
    for change in found.changes:
        assert change.significant
        assert change.worse
        assert change.relative == pytest.approx(-0.048, abs=0.01)
        assert change.interval is not None
        assert change.relative in change.interval
        assert 0 not in change.interval
        assert change.paired == 20


def test_conditions_break_on_what_is_large_and_sure() -> None:
    found = compared(run(), run(1.05, seed=1), "decode_tps", "ttft")
    for text, broken in (
        ("decode_tps < -3%", 2),
        ("decode_tps < -10%", 0),
        ("decode_tps > 1%", 0),
        ("tpot > 1%", 0),
    ):
        assert len(found.broken([conditions.parse(text)])) == broken, text
    noise = compared(run(), run(seed=1), "decode_tps")
    assert not noise.broken([conditions.parse("decode_tps < 0%")])


def test_runs_of_different_prompts_are_refused_unless_forced() -> None:
    other = run(prompts=(PROMPTS[0], Prompt("Another?")))
    with pytest.raises(ConfigError, match="different prompts: 1 of 3 are common"):
        compared(run(), other)
    forced = compare(run(), other, ("decode_tps",), force=True)
    assert "Careful" in forced.notes[0]
    assert all(change.paired == 0 for change in forced.changes)


def test_runs_without_a_common_cell_are_refused() -> None:
    other = summarize(journal((("temperature", (0.5,)),)))
    with pytest.raises(ConfigError, match="no cell in common"):
        compared(run(), other)


def test_what_else_has_changed_is_said() -> None:
    made = journal(AXES, repetitions=10, ended=False)
    session = made.sessions[0]
    made.sessions[0] = {
        **session,
        "environment": {**session["environment"], "cpu": "Other", "versions": {"spinfer": "2.0"}},
        "models": [{**session["models"][0], "sha256": "cd" * 32}],
    }
    found = compared(run(), replace(summarize(made)), "decode_tps")
    said = " ".join(found.notes)
    for part in (
        "second run is partial",
        "Some CPU, then Other",
        "spinfer was 1.0, then 2.0",
        "Model m is another",
    ):
        assert part in said


def test_conditions_are_read_or_explained() -> None:
    assert conditions.parse("decode_tps < -5%") == Condition("decode_tps", above=False, change=-0.05)
    assert conditions.parse(" ttft>+10.5 % ") == Condition("ttft", above=True, change=0.105)
    assert str(conditions.parse("ttft > 10%")) == "ttft > 10%"
    for text in ("decode_tps", "decode_tps < -5", "decode_tps = 5%", "speed < 5%"):
        with pytest.raises(BadCondition):
            conditions.parse(text)
