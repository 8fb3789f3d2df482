"""The factor through a real guest: linked, typed, granted per component, cancelled with its instance."""

import re
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fakes.wat_run_llm import llm_guest
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.config.models import MockConfig, ScriptedReply
from spinfer.errors import Cancelled, ComponentError, GuestCancelled, GuestDeadline, ModelNotSupported
from spinfer.factors.llm import interface
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.factor import LlmFactor
from spinfer.inference.backend import Backend
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
    SamplingParams,
)
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile, Entry

ENTRIES = {
    "infer": Entry(None, "infer", interface.INFER),
    "generate-embeddings": Entry(None, "generate-embeddings", interface.GENERATE_EMBEDDINGS),
}
GREEDY = SimpleNamespace(
    max_tokens=1,
    repeat_penalty=0.0,
    repeat_penalty_last_n_token_count=0,
    temperature=0.0,
    top_k=1,
    top_p=1.0,
)


@dataclass
class Echo:
    """Answers with the prompt in capitals; waits for its cancellation when the prompt is `wait`."""

    asked: list[SamplingParams] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)
    unwound: int = 0

    def stream(self, request: Request) -> Generator[Piece | Completion, None, None]:
        self.asked.append(request.params)
        if request.prompt == "wait":
            self._wait(request)
        text = request.prompt.upper()
        yield Completion(text, FinishReason.STOP, len(request.prompt), request.params.max_tokens)

    def embed(self, request: EmbeddingRequest) -> Embeddings:
        rows = [[len(text), 0.5, -1.0] for text in request.texts]
        return Embeddings(
            np.array(rows, np.float32).reshape(-1, 3), prompt_tokens=sum(map(len, request.texts))
        )

    def summary(self) -> str:
        return "echo"

    def close(self) -> None: ...

    def _wait(self, request: Request) -> None:
        heard = threading.Event()
        with request.cancellation.listening(heard.set):
            self.waiting.set()
            heard.wait()
        self.unwound += 1
        raise Cancelled


class Catalog:
    def __init__(self, **models: Backend) -> None:
        self._models = models

    def get(self, name: str) -> Backend:
        if name not in self._models:
            raise ModelNotSupported(f"no model `{name}`")
        return self._models[name]


@pytest.fixture(scope="module")
def compiler() -> Generator[Compiler, None, None]:
    with Compiler() as compiler:
        yield compiler


@pytest.fixture
def echo() -> Echo:
    return Echo()


Load = Callable[..., Executor]


@pytest.fixture
def load(compiler: Compiler, echo: Echo, tmp_path: Path) -> Load:
    """An executor with two components: `web` may use m, `poor` nothing."""

    def load(function: str = "infer", version: str = "@2.0.0", **limits: float) -> Executor:
        path = tmp_path / "app.wat"
        path.write_bytes(llm_guest(version))
        access = {"web": ModelAccess(frozenset({"m", "unknown"}))}
        factor = LlmFactor(Catalog(m=echo), access)
        executor = Executor(compiler, [factor], limits=Limits(**limits))  # type: ignore[arg-type]
        executor.load([ComponentFile("web", path), ComponentFile("poor", path)], [ENTRIES[function]])
        return executor

    return load


def ask(executor: Executor, *arguments: object, component: str = "web") -> object:
    with executor.instantiate(component) as instance:
        return instance.call(*arguments)


@pytest.mark.parametrize("version", ["@2.0.0", "@2.0.7", ""])
def test_infer_in_every_version(load: Load, echo: Echo, version: str) -> None:
    answer = ask(load(version=version), "m", "hällo", None)
    assert answer == Ok(("HÄLLO", (5, 100)))
    assert echo.asked == [SamplingParams()]


def test_parameters_cross(load: Load, echo: Echo) -> None:
    answer = ask(load(), "m", "hi", Some(GREEDY))
    assert answer == Ok(("HI", (2, 1)))
    assert echo.asked == [SamplingParams(1, 0.0, 0, 0.0, 1, 1.0)]


def test_a_bad_parameter_is_an_answer(load: Load) -> None:
    answer = ask(load(), "m", "hi", Some(SimpleNamespace(**vars(GREEDY) | {"top_p": float("nan")})))
    assert isinstance(answer, Err)
    assert answer.value == Case("invalid-input", "top-p is nan: it must be a finite number")


@pytest.mark.parametrize("function", ["infer", "generate-embeddings"])
def test_access_is_per_component(load: Load, function: str) -> None:
    arguments = ("hi", None) if function == "infer" else (["hi"],)
    executor = load(function)
    assert isinstance(ask(executor, "m", *arguments), Ok)
    assert ask(executor, "m", *arguments, component="poor") == Err(
        Case(
            "invalid-input",
            "The component does not have access to use 'm'. To give the component access, "
            "add 'm' to the 'ai_models' key for the component in your spin.toml manifest",
        )
    )
    assert ask(executor, "unknown", *arguments) == Err(Case("model-not-supported"))


def test_embeddings_cross_in_one_piece(load: Load) -> None:
    answer = ask(load("generate-embeddings"), "m", ["a", "four"])
    assert isinstance(answer, Ok)
    np.testing.assert_array_equal(np.stack(answer.value.embeddings), [[1, 0.5, -1], [4, 0.5, -1]])
    assert answer.value.usage.prompt_token_count == 5


def test_no_texts_give_no_embeddings(load: Load) -> None:
    answer = ask(load("generate-embeddings"), "m", [])
    assert isinstance(answer, Ok)
    assert list(answer.value.embeddings) == []


def test_cancelling_the_instance_ends_its_generation(load: Load, echo: Echo) -> None:
    with load().instantiate("web") as instance:

        def leave() -> None:
            echo.waiting.wait()
            instance.cancel()

        threading.Thread(target=leave).start()
        with pytest.raises(GuestCancelled):
            instance.call("m", "wait", None)
    assert echo.unwound == 1


def test_a_deadline_ends_a_generation(load: Load, echo: Echo) -> None:
    for deadline_s in (0.05, 0.5, 5.0, 50.0):  # until it suffices to ask the model
        executor = load(deadline_s=deadline_s)
        with executor.instantiate("web") as instance, pytest.raises(GuestDeadline) as caught:
            instance.call("m", "wait", None)
        assert (caught.value.component, caught.value.function) == ("web", "infer")
        if echo.waiting.is_set():
            break
    assert echo.unwound == 1


def test_8_threads_get_400_right_answers(compiler: Compiler, tmp_path: Path) -> None:
    """The shipped mock behind one app: every caller gets the answer to its own question."""
    replies = tuple(
        ScriptedReply(prompt=f"question {n}", text=f"answer {n}", prompt_tokens=n, generated_tokens=n + 1)
        for n in range(400)
    )
    path = tmp_path / "app.wat"
    path.write_bytes(llm_guest())
    models = Catalog(m=MockBackend("m", MockConfig(replies=replies)))
    executor = Executor(compiler, [LlmFactor(models, {"web": ModelAccess(frozenset({"m"}))})])
    executor.load([ComponentFile("web", path)], [ENTRIES["infer"]])

    def right(n: int) -> bool:
        return ask(executor, "m", f"question {n}", None) == Ok((f"answer {n}", (n, n + 1)))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(right, range(400))) == 400


def test_an_interface_of_another_shape_is_refused(compiler: Compiler, tmp_path: Path) -> None:
    path = tmp_path / "odd.wat"
    path.write_bytes(llm_guest().replace(b'(field "top-k" u32)', b'(field "top-k" s32)'))
    with pytest.raises(ComponentError, match=re.escape("`infer` of `fermyon:spin/llm@2.0.0`")):
        Executor(compiler, [LlmFactor(Catalog(), {})]).load(
            [ComponentFile("web", path)], [ENTRIES["generate-embeddings"]]
        )
