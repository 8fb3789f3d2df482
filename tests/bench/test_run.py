"""Experiments from beginning to end, through the real guest, the real engine and the real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.bench_runs import Silent, experiment, measured, mock
from spinfer.bench import session
from spinfer.bench.cells import TargetKind
from spinfer.bench.load import Closed
from spinfer.bench.schedule import Purpose
from spinfer.bench.summary import summarize
from spinfer.config.models import ModelConfig
from spinfer.errors import ConfigError, ModelError


def test_every_request_is_measured_through_its_target(tiny_run: Path) -> None:
    journal = session.resume(tiny_run)
    summary = summarize(journal)
    assert (summary.asked, summary.failed, summary.partial) == (2 * 2 * 2 * 3, 0, False)
    assert [(c.cell.target.value, dict(c.cell.settings)["temperature"]) for c in summary.cells] == [
        ("guest", 0),
        ("direct", 0),
        ("guest", 2),
        ("direct", 2),
    ]
    for cell in summary.cells:
        through_a_guest = cell.cell.target is TargetKind.GUEST
        assert ("instantiate" in cell.stats) is ("own_cost" in cell.stats) is through_a_guest
        for name in ("decode_tps", "ttft", "tpot", "itl_p95", "e2e", "cpu", "prefill_tps", "log_probability"):
            assert name in cell.stats, name
        assert cell.stats["generated_tokens"].mean <= 12
        assert cell.goodput_share == 1


def test_seeds_and_parameters_reach_the_model_through_a_guest_as_they_do_directly(tiny_run: Path) -> None:
    journal = session.resume(tiny_run)
    answers: dict[tuple, dict[str, str]] = {}
    for record in journal.records.values():
        if record.purpose is Purpose.MEASURE:
            cell = journal.cells[record.cell]
            assert record.inferences[0].seed == record.seed
            assert record.inferences[0].settings["temperature"] == dict(cell.settings)["temperature"]
            key = (cell.settings, record.prompt, record.seed)
            answers.setdefault(key, {})[cell.target.value] = record.answer
    assert len(answers) == 2 * 2 * 3
    assert all(found["guest"] == found["direct"] for found in answers.values())
    hot = {found["guest"] for (settings, *_), found in answers.items() if dict(settings)["temperature"] == 2}
    assert len(hot) == 6, "another seed, another answer"


def test_answers_are_compared_with_the_greedy_one_and_with_themselves(tiny_run: Path) -> None:
    cells = {
        (cell.cell.target, dict(cell.cell.settings)["temperature"]): cell
        for cell in summarize(session.resume(tiny_run)).cells
    }
    hot, cold = cells[TargetKind.DIRECT, 2], cells[TargetKind.DIRECT, 0]
    assert cold.stats["same_again"].mean == hot.stats["same_again"].mean == 1
    assert hot.stats["greedy_likeness"].mean < cold.stats["greedy_likeness"].mean
    assert hot.stats["log_probability"].mean < cold.stats["log_probability"].mean < 0


def test_warm_up_and_cold_loads_are_apart(tiny_run: Path) -> None:
    journal = session.resume(tiny_run)
    warm = [r for r in journal.records.values() if r.purpose is Purpose.WARM_UP]
    assert len(warm) == 2, "one for each target"
    (model,) = journal.sessions[0]["models"]
    assert model["cold_load_s"] > 0
    assert len(model["sha256"]) == 64
    assert model["threads"] >= 1


def test_prompts_are_generated_to_the_token(tiny_model: ModelConfig, tmp_path: Path) -> None:
    made = experiment({"tiny": tiny_model}, targets=["direct"], prompt_tokens=[16, 40], repetitions=3)
    summary = summarize(measured(made, tmp_path))
    lengths = {
        cell.cell.prompt_tokens: (cell.stats["prompt_tokens"].least, cell.stats["prompt_tokens"].greatest)
        for cell in summary.cells
    }
    assert lengths == {16: (16, 16), 40: (40, 40)}


def test_a_run_goes_on_where_it_was_interrupted(tmp_path: Path) -> None:
    made = experiment(
        {"m": mock(default="one two three")},
        parameters={"top_k": "1-6"},
        prompt=["a", "b"],
        repetitions=2,
    )
    with pytest.raises(KeyboardInterrupt):
        measured(made, tmp_path, Silent(interrupt_after=15))
    part = summarize(session.resume(tmp_path))
    assert part.partial
    assert 0 < part.asked < 24
    before = (tmp_path / "run.jsonl").read_bytes()
    again = Silent()
    whole = summarize(measured(made, tmp_path, again))
    assert (tmp_path / "run.jsonl").read_bytes().startswith(before), "what was there stays there"
    assert (whole.partial, whole.asked, len(whole.sessions)) == (False, 24, 2)
    assert {len(cell.requests) for cell in whole.cells} == {4}
    assert again.requests < 24 + 2 + 6, "what was done is not done again"


def test_a_line_that_was_cut_short_is_asked_again(tmp_path: Path) -> None:
    made = experiment({"m": mock(default="yes")}, parameters={"top_k": "1-3"})
    with pytest.raises(KeyboardInterrupt):
        measured(made, tmp_path, Silent(interrupt_after=7))
    path = tmp_path / "run.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    summary = summarize(measured(made, tmp_path))
    assert (summary.partial, summary.asked) == (False, 9)
    unreadable = 0
    for line in path.read_text().splitlines():
        try:
            json.loads(line)
        except ValueError:
            unreadable += 1
    assert unreadable == 1


def test_a_finished_run_is_not_run_again(tiny_run: Path) -> None:
    with pytest.raises(ConfigError, match="there is a run in this folder already"):
        session.begin(experiment({"m": mock(default="")}), tiny_run)


def test_a_run_is_not_continued_with_another_model(tiny_model: ModelConfig, tmp_path: Path) -> None:
    assert tiny_model.path is not None
    path = tmp_path / "m.gguf"
    path.write_bytes(tiny_model.path.read_bytes())
    made = experiment({"m": ModelConfig(path=path)}, targets=["direct"], parameters={"top_k": "1-3"})
    with pytest.raises(KeyboardInterrupt):
        measured(made, tmp_path, Silent(interrupt_after=3))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not the one that this run began with"):
        measured(made, tmp_path)


def test_many_callers_ask_at_once(tmp_path: Path) -> None:
    slow = mock(replies=[{"prompt": "a", "text": "yes", "delay_s": 0.02}])
    made = experiment(
        {"m": slow}, prompt=["a"], load={"concurrency": [1, 8]}, requests=16, repetitions=1, targets=["guest"]
    )
    summary = summarize(measured(made, tmp_path))
    one, eight = summary.cells
    assert (one.answered, eight.answered) == (16, 16)
    assert one.requests_per_s is not None
    assert eight.requests_per_s is not None
    assert eight.requests_per_s > 2 * one.requests_per_s
    spans = [(one.record.began_s, one.record.ended_s) for one in eight.requests]
    most = max(sum(began < end and start < ended for start, end in spans) for began, ended in spans)
    assert most > 1, "they overlap"


def test_a_rate_is_kept_whether_or_not_answers_come(tmp_path: Path) -> None:
    slow = mock(replies=[{"prompt": "a", "text": "yes", "delay_s": 0.1}])
    load = {"rate": [100], "arrivals": "fixed"}
    made = experiment({"m": slow}, prompt=["a"], load=load, requests=12, repetitions=1, targets=["direct"])
    journal = measured(made, tmp_path)
    due = sorted(r.due_s for r in journal.records.values() if r.purpose is Purpose.MEASURE)
    assert due[-1] - due[0] == pytest.approx(0.11, abs=0.001)
    assert all(r.ended_s - r.due_s >= 0.1 for r in journal.records.values() if r.purpose is Purpose.MEASURE)


def test_load_rises_until_it_brings_nothing(tmp_path: Path) -> None:
    made = experiment({"m": mock(default="yes")}, prompt=["a"], load={"saturate": True}, repetitions=1)
    journal = measured(made, tmp_path)
    loads = [cell.load for cell in journal.cells.values()]
    assert loads[:2] == [Closed(1), Closed(2)]
    assert summarize(journal).saturation in [load.concurrency for load in loads if isinstance(load, Closed)]


def test_a_target_that_always_fails_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    broken = mock(replies=[{"prompt": "a", "error": {"kind": "runtime-error", "message": "out of ideas"}}])
    for target in ("guest", "direct"):
        made = experiment({"m": broken}, prompt=["a"], targets=[target])
        with pytest.raises(ConfigError, match=r"the first request to model 'm' failed: .*out of ideas"):
            measured(made, tmp_path / target)


def test_failures_are_counted_and_kept(tmp_path: Path) -> None:
    half = mock(
        replies=[
            {"prompt": "good", "text": "yes"},
            {"prompt": "bad", "error": {"kind": "runtime-error", "message": "out of ideas"}},
        ]
    )
    summary = summarize(measured(experiment({"m": half}, prompt=["good", "bad"]), tmp_path))
    (cell,) = summary.cells
    assert (cell.answered, cell.failed) == (3, 3)
    assert cell.errors == (("runtime-error: out of ideas", 3),)
    assert cell.stats["e2e"].count == 3


def test_a_prompt_over_the_context_is_refused_before_anything_is_measured(
    tiny_model: ModelConfig, tmp_path: Path
) -> None:
    made = experiment({"tiny": tiny_model}, prompt=["x " * 600, "fine"])
    with pytest.raises(ConfigError, match=r"prompt .* has \d+ tokens, the context of model 'tiny' holds 512"):
        measured(made, tmp_path)


def test_an_unknown_model_file_is_refused(tmp_path: Path) -> None:
    made = experiment({"m": ModelConfig(path=tmp_path / "none.gguf")})
    with pytest.raises(ModelError, match="there is no such file"):
        measured(made, tmp_path / "run")
