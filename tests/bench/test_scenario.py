from __future__ import annotations

from pathlib import Path

import pytest

from fakes.bench_runs import experiment, mock
from spinfer.bench import experiment as experiments
from spinfer.bench import prompts, scenario, slo
from spinfer.bench.load import Arrivals, Closed, Open
from spinfer.bench.prompts import Match, Prompt
from spinfer.bench.slo import BadSlo, Slo
from spinfer.errors import ConfigError

MODELS = {"m": mock(default="")}

TEXT = """
name = "all of it"
targets = ["guest", "direct"]
prompts = "prompts.jsonl"
repetitions = 2
slo = "ttft=500ms, tpot=80ms"
[models.m]
builtin = true
[parameters]
temperature = [0, "0.5-1+0.25"]
top_k = "1-81+40"
max_tokens = 16
[load]
concurrency = [1, 4]
rate = 2.5
arrivals = "fixed"
"""


def test_a_file_says_what_the_options_say(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(TEXT)
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "a"}\n\n{"prompt": "b", "expected": "c"}\n')
    found = scenario.load(tmp_path / "s.toml")
    made = scenario.experiment(found, found.models)
    assert [prompt.text for prompt in made.prompts] == ["a", "b"]
    assert len(made.cells) == 2 * 4 * 3 * 3
    assert {cell.load for cell in made.cells} == {Closed(1), Closed(4), Open(2.5, Arrivals.FIXED)}
    assert made.slo == Slo((("tpot", 0.08), ("ttft", 0.5)))
    assert experiments.from_json(experiments.as_json(made)) == made


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[parameters]\ntemperature = 'hot'", "s.toml: parameters.temperature: `hot` is no number"),
        ("[parameters]\ntop_k = '9-1'", "the range `9-1` is empty"),
        ("[parameters]\ntop_p = 1.5", "top-p is 1.5: it must be between 0 and 1"),
        ("[parameters]\ntop_k = 0.5", "0.5 is no whole number"),
        ("[parameters]\nmax_tokens = 5000000000", "more than 4294967295"),
        ("[parameters]\nrepeat_penalty = -1", "must not be negative"),
        ("[parameters]\ntemprature = 1", "did you mean `temperature`"),
        ("[load]\nconcurrency = 0", "no number of callers"),
        ("[load]\nrate = -1", "no rate"),
        ("slo = 'ttfft=1s'", "`ttfft=1s` is no limit"),
        ("targets = ['gust']", "targets"),
        ("repetitions = 0", "must be at least 1"),
        ("prompt_tokens = 0", "no length"),
        ("name = ", "s.toml: end of document"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        scenario.load(tmp_path / "s.toml")
    assert said in str(caught.value)


def test_too_many_requests_are_counted_and_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        experiment(MODELS, parameters={"top_k": "1-1000", "max_tokens": "1-1000", "temperature": "0-1+0.1"})
    assert "33,000,000 requests" in str(caught.value)
    assert "--sample" in str(caught.value)
    made = experiment(MODELS, parameters={"top_k": "1-1000", "max_tokens": "1-1000"}, sample=40)
    assert (len(made.cells), made.points) == (40, 1_000_000)


def test_a_sample_that_is_too_large_is_refused_too() -> None:
    with pytest.raises(ConfigError, match="3,000,000 requests"):
        experiment(MODELS, parameters={"top_k": "1-2000", "max_tokens": "1-2000"}, sample=1_000_000)


def test_prompts_are_given_or_generated() -> None:
    with pytest.raises(ConfigError, match="either given or generated"):
        experiment(MODELS, prompt=["a"], prompt_tokens=8)
    assert experiment(MODELS).prompts == (Prompt(scenario.DEFAULT_PROMPT),)
    assert experiment(MODELS, prompt_tokens=8).prompts == ()


def test_an_app_needs_a_request() -> None:
    with pytest.raises(ConfigError, match="what to send to the app is not said"):
        experiment(MODELS, app="somewhere")
    with pytest.raises(ConfigError, match="no app is named"):
        experiment(MODELS, targets=["app"])


def test_prompt_files_say_which_line_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"prompt": "a"}\n{"promt": "b"}\nnonsense\n{"prompt": "c", "match": "like"}\n')
    with pytest.raises(ConfigError) as caught:
        prompts.read(path)
    said = str(caught.value)
    assert "p.jsonl: line 2: promt: unknown key" in said
    assert "p.jsonl: line 3: this is not JSON" in said
    assert "p.jsonl: line 4: match" in said


def test_what_a_prompt_may_expect(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(
        '{"prompt": "a", "expected": "x", "match": "contains"}\n'
        '{"prompt": "b", "expected": {"k": [1]}, "schema": {"type": "object"}}\n'
        '{"prompt": "a", "expected": "x", "match": "contains"}\n'
    )
    found = prompts.read(path)
    assert found == (
        Prompt("a", "x", Match.CONTAINS),
        Prompt("b", '{"k": [1]}', Match.JSON, '{"type": "object"}'),
    )
    assert [prompts.from_json(prompts.as_json(prompt)) for prompt in found] == list(found)


@pytest.mark.parametrize("content", [None, "", b"\xff"])
def test_files_without_prompts_are_refused(tmp_path: Path, content: str | bytes | None) -> None:
    path = tmp_path / "p.jsonl"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match=r"p\.jsonl"):
        prompts.read(path)


def test_an_objective_counts_what_kept_to_it() -> None:
    limits = slo.parse("ttft=500ms,e2e=2s")
    assert limits.met({"ttft": 0.5, "e2e": 1.0})
    assert not limits.met({"ttft": 0.51, "e2e": 1.0})
    assert limits.met({"e2e": None}), "what has no value breaks nothing"
    assert not slo.parse("")
    for text in ("ttft", "ttft=5", "ttft=0s", "speed=1s"):
        with pytest.raises(BadSlo):
            slo.parse(text)
