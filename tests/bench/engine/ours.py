"""The measured one: our engine through a real guest in the real host, and called directly."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

from bench.engine.say import Unmeasurable
from fakes.wat_run_llm import llm_guest
from spinfer.bindings.values import Err, Ok, Some
from spinfer.config.models import ModelConfig
from spinfer.factors.llm import interface
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.factor import LlmFactor
from spinfer.inference.backend import Backend, infer
from spinfer.inference.catalog import Catalog
from spinfer.inference.engine import machine
from spinfer.inference.engine.llama import Model
from spinfer.inference.types import EmbeddingRequest, Request, SamplingParams
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry

_MODEL = "m"
_ENTRIES = {
    "infer": Entry(None, "infer", interface.INFER),
    "generate-embeddings": Entry(None, "generate-embeddings", interface.GENERATE_EMBEDDINGS),
}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that went in and came out."""

    prompt: int
    generated: int = 0


class Ours:
    """One model in our host, in a `with` block. Its methods may be called from any thread."""

    def __init__(self, model: Path, threads: int | None) -> None:
        with ExitStack() as closing:
            config = ModelConfig(path=model, threads=threads, prompt="raw", seed=0)
            self._catalog = Catalog({_MODEL: config})
            closing.callback(self._catalog.close)
            self.backend: Backend = self._catalog.load(_MODEL)
            compiler = closing.enter_context(Compiler())
            folder = Path(closing.enter_context(TemporaryDirectory()))
            guest = folder / "guest.wat"
            guest.write_bytes(llm_guest())
            self._guests = {name: self._executor(compiler, guest, name) for name in _ENTRIES}
            self._closing = closing.pop_all()

    def __enter__(self) -> Ours:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def through_a_guest(self, prompt: str, tokens: int) -> Usage:
        """A new instance asks for `tokens` tokens, the likeliest each time, and is closed."""
        params = _greedy(tokens)
        with self._guests["infer"].instantiate("infer") as guest:
            answer = _value(guest.call(_MODEL, prompt, Some(params)))
        return Usage(answer.usage.prompt_token_count, answer.usage.generated_token_count)

    def directly(self, prompt: str, tokens: int) -> Usage:
        answer = infer(self.backend, Request(prompt, _greedy(tokens)))
        return Usage(answer.prompt_tokens, answer.generated_tokens)

    def embed_through_a_guest(self, texts: Sequence[str]) -> Usage:
        with self._guests["generate-embeddings"].instantiate("generate-embeddings") as guest:
            answer = _value(guest.call(_MODEL, list(texts)))
        return Usage(answer.usage.prompt_token_count)

    def embed_directly(self, texts: Sequence[str]) -> Usage:
        return Usage(self.backend.embed(EmbeddingRequest(tuple(texts))).prompt_tokens)

    def _executor(self, compiler: Compiler, guest: Path, entry: str) -> Executor:
        executor = Executor(compiler, [LlmFactor(self._catalog, {entry: ModelAccess(every=True)})])
        executor.load([ComponentFile(entry, guest)], [_ENTRIES[entry]])
        return executor


def engine_threads(path: Path) -> int:
    """How many threads the engine gives a model that nothing is said about."""
    model = Model(path)
    try:
        return machine.threads_for(model.info)
    finally:
        model.close()


def _greedy(tokens: int) -> SamplingParams:
    return SamplingParams(max_tokens=tokens, repeat_penalty=1.0, temperature=0.0)


def _value(result: object) -> Any:
    match result:
        case Ok(value):
            return value
        case Err(error):
            raise Unmeasurable(f"the guest was refused: {error}")
    raise AssertionError(f"no result: {result!r}")
