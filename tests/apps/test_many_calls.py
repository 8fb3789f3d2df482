"""Many threads, one app, one real model: every answer reaches the guest that asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes.wat_run_llm import llm_guest
from spinfer.assembly import command as assembly
from spinfer.bindings.values import Ok, Some
from spinfer.config.models import ModelConfig
from spinfer.factors.llm import interface
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.interface import InferencingResult
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import SamplingParams
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry

THREADS, CALLS = 8, 50
GREEDY = Some(SamplingParams(max_tokens=30, temperature=0.0, repeat_penalty=0.0))

CAPITALS = {
    "France": "Paris",
    "Italy": "Rome",
    "Spain": "Madrid",
    "Germany": "Berlin",
    "Japan": "Tokyo",
    "Greece": "Athens",
    "Norway": "Oslo",
    "Egypt": "Cairo",
}


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    guest = tmp_path_factory.mktemp("app") / "ask.wat"
    guest.write_bytes(llm_guest())
    models = Catalog({"small": ModelConfig(builtin=True)})
    with Compiler() as compiler:
        executor = Executor(compiler, assembly.factors(models, {"ask": ModelAccess(frozenset({"small"}))}))
        executor.load([ComponentFile("ask", guest)], [Entry(None, "infer", interface.INFER)])
        yield executor
    models.close()


def ask(executor: Executor, prompt: str) -> InferencingResult:
    with executor.instantiate("ask") as instance:
        match instance.call("small", prompt, GREEDY):
            case Ok(InferencingResult() | tuple() as result):
                return result
            case other:
                raise AssertionError(other)


def test_every_answer_is_its_askers_own(executor: Executor) -> None:
    countries = list(CAPITALS)

    def asks(thread: int) -> list[tuple[str, str]]:
        asked = [countries[(thread * 3 + call) % len(countries)] for call in range(CALLS)]
        return [(c, ask(executor, f"What is the capital of {c}?").text) for c in asked]

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [answer for answers in pool.map(asks, range(THREADS)) for answer in answers]
    assert len(answers) == THREADS * CALLS
    assert not [(country, text) for country, text in answers if CAPITALS[country] not in text]


def test_usage_counts_prompt_and_answer(executor: Executor) -> None:
    short, long = ask(executor, "Hello"), ask(executor, "What is the capital of France? " * 5)
    assert 0 < short.usage.prompt_token_count < long.usage.prompt_token_count
    assert 0 < short.usage.generated_token_count <= 30
    assert "Hello" not in short.text.removeprefix("Hello")  # the completion, not the prompt
