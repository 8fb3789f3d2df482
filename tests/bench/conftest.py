"""Runs of small experiments on a tiny model, done once for all tests that look at them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.bench_runs import experiment, measured
from fakes.tiny_model import write_llama
from spinfer.config.models import ModelConfig


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> ModelConfig:
    return ModelConfig(path=write_llama(tmp_path_factory.mktemp("bench-model") / "tiny.gguf"))


@pytest.fixture(scope="session")
def tiny_run(tiny_model: ModelConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two targets and two temperatures on a real model, in the folder of its run."""
    folder = tmp_path_factory.mktemp("tiny-run")
    made = experiment(
        {"tiny": tiny_model},
        name="tiny",
        targets=["guest", "direct"],
        prompt=["the cat", "a dog sat"],
        parameters={"temperature": [0, 2], "max_tokens": 12},
        repetitions=3,
        slo="ttft=10s",
    )
    measured(made, folder)
    return folder
