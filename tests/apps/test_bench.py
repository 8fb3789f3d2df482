"""`spinfer bench` as a person runs it: what it prints, how it refuses, how it is interrupted and goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

from apps.conftest import Spinfer, command

PATIENCE_S = 60
SLOW = """
[models.slow.mock]
default = "yes"
replies = [{ pattern = "slow", text = "at last", delay_s = 300 }]
"""


def requests(folder: Path) -> list[dict]:
    lines = (folder / "run.jsonl").read_text().splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == "request"]


def test_the_builtin_model_is_measured_and_reported(spinfer: Spinfer, tmp_path: Path) -> None:
    done = spinfer(
        *("bench", "--to", "out", "--temperature", "0,1-2+1", "--max-tokens", "8", "--guest", "--direct"),
        *("--repetitions", "2", "-o", "md,csv", "-o", "json", "-o", "html,png"),
    )
    assert (done.code, done.err.count("Traceback")) == (0, 0), done.err
    assert "decode" in done.out
    assert "guest, builtin, temperature 2, max-tokens 8: decode" in done.err.replace("\n", " ")
    found = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found >= {"run.jsonl", "report.md", "cells.csv", "requests.csv", "results.json", "report.html"}
    assert "effects.png" in found
    measured = [r for r in requests(tmp_path / "out") if r["purpose"] == "measure"]
    assert len(measured) == 2 * 3 * 2
    again = spinfer("bench", "report", "out/results.json", "--to", "again", "-o", "html,csv")
    assert again.code == 0
    for name in ("report.html", "cells.csv"):
        assert (tmp_path / "again" / name).read_text() == (tmp_path / "out" / name).read_text()
    same = spinfer("bench", "compare", "out", "out/results.json", "--fail-if", "decode_tps < -1%")
    assert same.code == 0


def test_a_failed_condition_is_the_exit_code(spinfer: Spinfer, tmp_path: Path) -> None:
    for name, said in (("short", "x"), ("long", "x y z")):
        mock = f'[models.m.mock]\nreplies = [{{ prompt = "a", text = "{said}" }}]\n'
        (tmp_path / "spinfer.toml").write_text(mock)
        options = ("--direct", "-m", "m", "-p", "a", "--repetitions", "12", "--to", name)
        assert spinfer("bench", *options).code == 0
    condition = ("--fail-if", "generated_tokens > 50%")
    done = spinfer("bench", "compare", "short", "long", *condition)
    assert done.code == 1
    assert "Failed: generated_tokens > 50%" in done.err
    assert spinfer("bench", "compare", "long", "short", *condition).code == 0


@pytest.mark.parametrize("target", ["--guest", "--direct"])
def test_an_interrupted_run_is_kept_and_goes_on(
    spinfer: Spinfer, environment: dict[str, str], tmp_path: Path, target: str
) -> None:
    (tmp_path / "spinfer.toml").write_text(SLOW)
    options = ("-m", "slow", "-p", "quick", "-p", "slow", "--warm-up", "1", "--repetitions", "2")
    process = subprocess.Popen(
        command("bench", target, *options, "--to", "out"),
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + PATIENCE_S
    while not (tmp_path / "out" / "run.jsonl").exists() or len(requests(tmp_path / "out")) < 1:
        assert time.monotonic() < deadline, "nothing was measured"
        time.sleep(0.02)
    time.sleep(0.3)  # into the slow request, which would take five minutes
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "Partial: interrupted" in " ".join(out.split()) or "Nothing was measured" in out
    assert "Traceback" not in err
    kept = requests(tmp_path / "out")
    journal = tmp_path / "out" / "run.jsonl"
    journal.write_text(journal.read_text().replace('"delay_s":300.0', '"delay_s":0.0'))
    done = spinfer("bench", "--resume", "out")
    assert done.code == 0, done.err
    assert "Partial" not in done.out
    found = requests(tmp_path / "out")
    assert found[: len(kept)] == kept
    assert len({r["id"] for r in found if r["purpose"] == "measure"}) == 4
    assert not any("error" in r for r in found), "what was under way is not counted as failed"
