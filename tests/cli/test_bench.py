"""The command line of `spinfer bench`: what it takes for a mistake, and what it makes of the options."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spinfer.bench import journal
from spinfer.cli import main

Bench = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Bench]:
    """Run `spinfer bench …` in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    before = logging.getLogger().handlers[:]

    def run(*options: str) -> tuple[int, str, str]:
        code = main(["bench", *options])
        out, err = capsys.readouterr()
        return code, out, err

    yield run
    logging.getLogger().handlers[:] = before


SCENARIO = """
targets = ["direct"]
prompt = ["one", "two"]
repetitions = 1
[models.m.mock]
default = "yes"
[parameters]
temperature = [0, 1]
top_k = 7
"""


def test_options_stand_above_the_scenario(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SCENARIO)
    code, _, err = bench(
        *("--scenario", "s.toml", "--to", "out", "--temperature", "0.5", "--max-tokens", "3,4"),
        *("-p", "three", "--concurrency", "2"),
    )
    assert code == 0, err
    made = journal.read(tmp_path / "out")
    assert [prompt["prompt"] for prompt in made.run["prompts"]] == ["three"]
    assert [cell.settings for cell in made.cells.values()] == [
        (("temperature", 0.5), ("top_k", 7), ("max_tokens", 3)),
        (("temperature", 0.5), ("top_k", 7), ("max_tokens", 4)),
    ]
    assert {json.dumps(cell["load"]) for cell in made.run["cells"]} == {'{"concurrency": 2}'}
    assert {cell["target"] for cell in made.run["cells"]} == {"direct"}


def test_several_models_are_measured_by_name(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "spinfer.toml").write_text('[models.here.mock]\ndefault = "yes"\n')
    code, _, err = bench("-m", "here", "-m", "other=mock", "--to", "out", "--repetitions", "1", "--direct")
    assert code == 0, err
    assert {cell.model for cell in journal.read(tmp_path / "out").cells.values()} == {"here", "other"}


def test_a_choice_among_an_apps_models_is_asked_for(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "spinfer.toml").write_text("[models.a]\nbuiltin = true\n[models.b]\nbuiltin = true\n")
    code, _, err = bench(".", "--request-file", "r")
    assert code == 1
    assert "the app has several models" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--top-k", "9-1"], "--top-k: the range `9-1` is empty"),
        (["--top-k", "1-1000", "--max-tokens", "1-1001"], "would take 3,003,000 requests"),
        (["--top-p", "1.5"], "--top-p: top-p is 1.5: it must be between 0 and 1"),
        (["-m", "none"], "`none` is neither the path of a GGUF file"),
        (["-m", "none.gguf"], "model 'none': there is no such file"),
        (["--prompts", "none.jsonl"], "none.jsonl: these prompts cannot be read"),
        (["--request-file", "none", "app"], "the request cannot be read"),
        (["-p", "long " * 2000], "the context of model 'builtin' holds 1024"),
        (["--prompt-tokens", "5000"], "prompts of 5000 tokens leave no room for an answer"),
        (["--scenario", "none.toml"], "none.toml: there is no such file"),
        (["--slo", "ttft"], "`ttft` is no limit"),
        (["--resume", "none"], "no results can be read: there is no such file"),
        (["--resume", "none", "--top-k", "1"], "--resume takes no --top-k"),
        (["--concurrency", "0"], "0 is no number of callers"),
    ],
)
def test_mistakes_are_explained_and_leave_nothing_behind(
    bench: Bench, tmp_path: Path, options: list[str], said: str
) -> None:
    code, _, err = bench(*options)
    assert code == 1
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_there_is_not_is_wrong_usage(bench: Bench) -> None:
    code, _, err = bench("-o", "pdf")
    assert code == 2
    assert "`pdf` is none of md, csv, json, jsonl, html, png" in err


def test_a_folder_with_a_run_is_not_overwritten(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.jsonl").write_text("precious\n")
    code, _, err = bench("--to", "out")
    assert code == 1
    assert "there is a run in this folder already" in err
    assert (tmp_path / "out" / "run.jsonl").read_text() == "precious\n"
