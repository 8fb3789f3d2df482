"""The tables, without anything measured: what a change of names or units would break."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from bench.engine.figures import FIGURES, Figure, Goal, Spread
from bench.engine.harness import Result, measure
from bench.engine.report import markdown
from bench.engine.scenarios import BENCH, DIRECT, GUEST, STOCK, Scenario, Setup, Sizes
from bench.engine.texts import Prompts, sentences
from bench.engine.tools import Tools


def scenario(name: str, *runs: object) -> Scenario:
    setup = Setup(Tools(Path("tools")), Path("model.gguf"), 1, Sizes())
    return Scenario(name, "tokens/s", setup, lambda _: nullcontext(list(runs)))  # type: ignore[arg-type]


def test_contenders_take_turns_after_a_round_that_does_not_count() -> None:
    order = []

    def run(name: str) -> object:
        def call() -> dict[str, float]:
            order.append(name)
            return {name: float(len(order))}

        return call

    result = measure(scenario("race", run("a"), run("b")), 2, busy=lambda: 0.0)
    assert order == ["a", "b", "a", "b", "b", "a"]
    assert result.values == {"a": [3, 6], "b": [4, 5]}


def test_quotients_are_taken_within_a_repetition() -> None:
    figure = Figure("f", "race", "a", "b", Goal(1.0))
    assert figure.measured({"a": [10, 100, 9], "b": [10, 50, 10]}) == Spread((1.0, 2.0, 0.9))


@pytest.mark.parametrize(("value", "mark"), [(0.97, "✓"), (0.5, "✗")])
def test_a_goal_is_said_to_be_reached_or_not(value: float, mark: str) -> None:
    figure = Figure(FIGURES[0].name, FIGURES[0].scenario, GUEST, BENCH, FIGURES[0].goal)
    assert figure == FIGURES[0]
    values = {GUEST: [value], DIRECT: [1.0], STOCK: [1.0], BENCH: [1.0]}
    result = Result(scenario(figure.scenario), values, [0.0])
    row = next(line for line in markdown([result]).splitlines() if line.startswith(f"| {figure.name} |"))
    assert f"| ≥ 0.97 | {value:.3f} {mark} |" in row


def test_a_noisy_machine_is_named() -> None:
    result = Result(scenario("race"), {}, [0.0, 0.9])
    assert "Not quiet" in markdown([result])
    assert "race" in markdown([result]).splitlines()[-1]


def test_prompts_differ_and_have_the_length_asked_for() -> None:
    prompts = Prompts(overhead=2)
    made = {prompts.of(16) for _ in range(100)}
    assert len(made) == 100
    assert {len(prompt) for prompt in made} == {14}


def test_texts_have_the_length_asked_for_by_the_models_own_count() -> None:
    def count(text: str) -> int:
        return 2 + sum(3 if word == "cat" else 1 for word in text.split())

    assert {count(text) for text in sentences(count, texts=8, tokens=40)} == {40}
