"""An app's route, measured over HTTP: a guest of Spin's SDK, served by the host, that asks a model."""

from __future__ import annotations

from pathlib import Path

import pytest

import guests
from fakes import wat_http
from fakes.bench_runs import experiment, measured, mock
from spinfer.bench.schedule import Purpose
from spinfer.bench.summary import summarize
from spinfer.errors import ConfigError, ManifestError

SENTIMENT = "POST /api/sentiment\n\n{{prompt}}\n"

needs_sdk = pytest.mark.skipif(bool(guests.lacks("sentiment")), reason=guests.lacks("sentiment") or "-")


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "ask.http"
    path.write_text(SENTIMENT)
    return path


@needs_sdk
def test_the_model_of_an_app_answers_with_the_experiments_seeds_and_parameters(
    tmp_path: Path, request_file: Path
) -> None:
    made = experiment(
        {"script": mock(default="positive")},
        targets=["app", "direct"],
        app=str(guests.example("sentiment")),
        request=str(request_file),
        prompt=["I loved it", "It was fine"],
        parameters={"temperature": [0.25, 0.5]},
        repetitions=2,
        load={"concurrency": [1, 4]},
    )
    journal = measured(made, tmp_path / "run")
    summary = summarize(journal)
    assert summary.failed == 0
    apps = [cell for cell in summary.cells if cell.cell.target.value == "app"]
    assert len(apps) == 4
    for cell in apps:
        for one in cell.requests:
            record = one.record
            (call,) = record.inferences
            assert record.answer == '{"sentiment": "positive"}'
            assert call.text == "positive"
            assert call.seed == record.seed
            assert call.settings["temperature"] == dict(cell.cell.settings)["temperature"]
            assert call.prompt is not None
            text = next(p.text for p in made.prompts if p.id == record.prompt)
            assert text in call.prompt, "the app writes a prompt around it, and each call finds its request"
            assert 0 < (record.instantiate_s or 0) < record.ended_s - record.began_s
            assert record.notes == {"status": 200}


def test_a_component_without_a_manifest_is_served_on_every_path(tmp_path: Path) -> None:
    component = tmp_path / "hello.wat"
    component.write_bytes(wat_http.saying(b"Hello"))
    request = tmp_path / "r.http"
    request.write_text("GET /any/where?q={{prompt}}\n")
    made = experiment({"m": mock(default="")}, app=str(component), request=str(request), prompt=["a b"])
    journal = measured(made, tmp_path / "run")
    answers = {r.answer for r in journal.records.values() if r.purpose is Purpose.MEASURE}
    assert answers == {"Hello"}


def test_a_route_that_answers_500_is_told_before_anything_is_measured(tmp_path: Path) -> None:
    component = tmp_path / "trap.wat"
    component.write_bytes(wat_http.guest("unreachable"))
    request = tmp_path / "r.http"
    request.write_text("GET /{{prompt}}\n")
    made = experiment({"m": mock(default="")}, app=str(component), request=str(request))
    with pytest.raises(ConfigError, match="the first request to model 'm' failed: HTTP 500"):
        measured(made, tmp_path / "run")


def test_an_app_that_is_not_there_is_refused(tmp_path: Path, request_file: Path) -> None:
    made = experiment({"m": mock(default="")}, app=str(tmp_path / "none"), request=str(request_file))
    with pytest.raises(ManifestError):
        measured(made, tmp_path / "run")
    made = experiment({"m": mock(default="")}, app=str(tmp_path / "none.wasm"), request=str(request_file))
    with pytest.raises(ConfigError, match="there is no such file"):
        measured(made, tmp_path / "run2")
