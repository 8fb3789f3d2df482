"""Models that work, and models that do not, tried in a child process."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.tiny_model import write_llama
from spinfer.config.models import MockConfig, ModelConfig
from spinfer.errors import ModelError
from spinfer.inference.trial import TOKENS, attempt


def test_a_model_that_continues_text(tiny_llama: Path) -> None:
    heard: list[float] = []
    trial = attempt("m", ModelConfig(path=tiny_llama, seed=1), heard.append)
    assert trial.tokens == TOKENS
    assert isinstance(trial.text, str)
    assert trial.dimensions is None
    assert trial.load_s > 0
    assert heard[-1] == 1


def test_a_model_that_embeds(tiny_bert: Path) -> None:
    config = ModelConfig(path=Path(tiny_bert.name)).resolved(tiny_bert.parent)
    trial = attempt("m", config, lambda _: None)
    assert (trial.text, trial.tokens, trial.dimensions) == (None, None, 32)


def test_models_without_a_file() -> None:
    both = attempt("m", ModelConfig(builtin=True), lambda _: None)
    assert both.text
    assert both.dimensions
    mock = attempt("m", ModelConfig(mock=MockConfig(default="Hello", dimensions=3)), lambda _: None)
    assert (mock.text, mock.dimensions) == ("Hello", 3)


def test_a_file_over_which_llama_cpp_ends_the_process(tmp_path: Path) -> None:
    path = write_llama(tmp_path / "m.gguf", metadata={"llama.expert_count": 4})
    with pytest.raises(ModelError) as caught:
        attempt("m", ModelConfig(path=path), lambda _: None)
    (problem,) = caught.value.problems
    assert problem.what.startswith(
        "model 'm': llama.cpp crashed over this file: the process was ended by SIG"
    )
    assert "GGML_ASSERT" in problem.what
    assert problem.where == str(path)


def test_what_an_operator_can_mend(tiny_llama: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(tiny_llama.read_bytes()[:-5000])
    for path, says in (
        (tmp_path / "none.gguf", "there is no such file"),
        (tmp_path / "cut.gguf", "the file is incomplete"),
    ):
        with pytest.raises(ModelError, match=says) as caught:
            attempt("m", ModelConfig(path=path), lambda _: None)
        assert caught.value.problems[0].cure


def test_what_an_app_would_not_get_is_said(tiny_llama: Path) -> None:
    with pytest.raises(ModelError, match="no chat template"):
        attempt("m", ModelConfig(path=write_without_template(tiny_llama), prompt="chat"), lambda _: None)


def write_without_template(beside: Path) -> Path:
    return write_llama(beside.with_name("plain.gguf"), template=None)
