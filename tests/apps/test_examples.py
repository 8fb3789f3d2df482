"""The guest examples, built from source, on the real built-in models."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from guests import example

DENIED = (
    "The component does not have access to use 'gpt-2'. To give the component access, add 'gpt-2' to the "
    "'ai_models' key for the component in your spin.toml manifest"
)


def test_ask_prints_the_answer_and_its_usage(spinfer) -> None:
    done = spinfer("run", example("ask"), "What is the capital of France?")
    assert (done.code, done.err) == (0, "")
    answer, usage = done.out.splitlines()
    assert "Paris" in answer
    assert re.fullmatch(r"\[\d+ prompt tokens, \d+ generated\]", usage)


def test_ask_names_the_model_it_may_not_use(spinfer) -> None:
    done = spinfer("run", example("ask"), "--model", "gpt-2", "Hello")
    assert done.code == 1
    assert DENIED in done.err
    assert done.out == ""


def test_the_operator_may_allow_more(spinfer) -> None:
    done = spinfer(
        "run", "--allow-model", "gpt-2", "--model", "gpt-2=mock", example("ask"), "--model", "gpt-2", "Hello"
    )
    assert done.code == 0
    assert "mock" in done.out


def test_a_component_by_itself_is_granted_nothing(spinfer) -> None:
    component = example("ask-wat") / "ask.wat"
    assert "does not have access" in spinfer("run", "--model", "*=builtin", component, "Hello").err
    done = spinfer(
        "run", "--model", "*=builtin", "--allow-model", "*", component, "What is the capital of Italy?"
    )
    assert (done.code, done.err) == (0, "")
    assert "Rome" in done.out


def test_ask_in_webassembly_text(spinfer) -> None:
    done = spinfer("run", example("ask-wat"), "Is this positive or negative: What a wonderful day!")
    assert (done.code, done.err) == (0, "")
    assert "positive" in done.out


def test_similar_finds_the_paraphrase(spinfer) -> None:
    texts = ("The weather is lovely today.", "Today the weather is wonderful.", "My printer is out of paper.")
    done = spinfer("run", example("similar"), *texts)
    assert (done.code, done.err) == (0, "")
    cosines = [float(cosine) for cosine in re.findall(r"-?\d\.\d+", done.out)]
    assert len(cosines) >= 3
    assert max(cosines[:3]) == cosines[0], done.out


def test_a_name_without_a_model_is_listed_with_the_three_ways_to_add_it(spinfer, tmp_path: Path) -> None:
    for name in ("spin.toml", "ask.wasm"):
        shutil.copy(example("ask") / name, tmp_path)
    done = spinfer("run", tmp_path, "Hello")
    assert done.code == 1
    assert "no model called 'llama2-chat'" in done.err
    for way in ('[models."llama2-chat"]', str(tmp_path / ".spin/ai-models/llama2-chat.gguf"), "--model"):
        assert way in done.err


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_what_follows_the_app_is_the_guests(spinfer, flag: str) -> None:
    done = spinfer("run", example("ask"), flag)
    assert done.code == 0
    assert done.out.startswith("usage: ask")
