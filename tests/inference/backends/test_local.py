"""What a GGUF file answers, beyond what every backend does."""

from __future__ import annotations

import logging
import re
import threading
from array import array
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.engine_model import RuleRunner
from fakes.tiny_model import write_llama
from spinfer.errors import Busy, Cancelled, InferenceFailed, InvalidInput, ModelError
from spinfer.inference.backend import infer
from spinfer.inference.backends.local import Answering, LocalGenerator, open_local
from spinfer.inference.engine.engine import Engine
from spinfer.inference.engine.kv_cache import KVCache
from spinfer.inference.engine.llama import Model
from spinfer.inference.engine.load import Loaded, LoadedGenerator
from spinfer.inference.engine.scheduler import Scheduler
from spinfer.inference.engine.sequence import AT_THE_END, PIECEWISE_S, Sequence
from spinfer.inference.engine.thread import EngineThread
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    FinishReason,
    Piece,
    Request,
    SamplingParams,
)

GREEDY = SamplingParams(temperature=0, repeat_penalty=0, max_tokens=40)
HOT = SamplingParams(temperature=2.0, top_k=0, top_p=1, repeat_penalty=0, max_tokens=16)

Load = Callable[..., Loaded]


@pytest.fixture
def generator(loading: Load, tiny_llama: Path) -> LocalGenerator:
    backend = open_local("m", loading(tiny_llama), Answering())
    assert isinstance(backend, LocalGenerator)
    return backend


def test_a_prompt_beyond_the_context(loading: Load, tiny_llama: Path) -> None:
    backend = open_local("m", loading(tiny_llama, context_tokens=20), Answering())
    with pytest.raises(InvalidInput) as caught:
        infer(backend, Request("x" * 30))
    assert str(caught.value) == "prompt has 32 tokens, the context of model 'm' holds 20"


def test_a_prompt_of_a_megabyte(generator: LocalGenerator) -> None:
    with pytest.raises(
        InvalidInput, match=r"prompt has about 104\d{4} tokens, the context of model 'm' holds 512"
    ):
        infer(generator, Request("x" * (1 << 20)))


def test_prompt_and_answer_share_the_context(generator: LocalGenerator) -> None:
    most = SamplingParams(temperature=2.0, max_tokens=2**32 - 1)
    completions = [infer(generator, Request("x" * 480, most, seed=n)) for n in range(4)]
    assert {c.prompt_tokens for c in completions} == {482}
    ends = {c.finish_reason: c.generated_tokens for c in completions}
    assert ends[FinishReason.LENGTH] == 512 - 482


def test_a_prompt_that_fills_the_context_leaves_no_room(generator: LocalGenerator) -> None:
    completion = infer(generator, Request("x" * 510))
    assert (completion.prompt_tokens, completion.generated_tokens) == (512, 0)
    assert completion.finish_reason is FinishReason.LENGTH


def test_an_end_token_ends_and_does_not_count(generator: LocalGenerator) -> None:
    long = SamplingParams(temperature=2.0, top_k=0, top_p=1, max_tokens=400)
    completions = [infer(generator, Request("the cat", long, seed=n)) for n in range(12)]
    stopped = [c for c in completions if c.finish_reason is FinishReason.STOP]
    assert stopped
    assert all(c.generated_tokens < 400 and "</s>" not in c.text for c in stopped)


def test_a_stop_string_ends_the_answer_before_it(loading: Load, tiny_llama: Path) -> None:
    loaded = loading(tiny_llama)
    prompt = "the cat sat on the dog"
    whole = infer(open_local("m", loaded, Answering()), Request(prompt, GREEDY))
    stop = whole.text[12:15]
    backend = open_local("m", loaded, Answering(stop=(stop, "never said")))
    long = SamplingParams(temperature=0, repeat_penalty=0, max_tokens=400)
    *pieces, last = backend.stream(Request(prompt, long))
    assert isinstance(last, Completion)
    assert last.text == whole.text[: whole.text.index(stop)]
    assert last.finish_reason is FinishReason.STOP
    assert 0 < last.generated_tokens < whole.generated_tokens
    assert "".join(piece.text for piece in pieces if isinstance(piece, Piece)) == last.text
    again = infer(backend, Request(prompt, long))
    assert (again.text, again.generated_tokens) == (last.text, last.generated_tokens)
    assert again.cached_prompt_tokens == again.prompt_tokens - 1, "what was computed is kept"


def test_the_second_prompt_that_begins_alike_starts_from_there(generator: LocalGenerator) -> None:
    stem = "x" * 200
    first = infer(generator, Request(stem + "a", GREEDY))
    second = infer(generator, Request(stem + "b", GREEDY))
    assert first.cached_prompt_tokens == 0
    assert second.cached_prompt_tokens == 202
    assert second.prompt_tokens == 203


def test_after_a_cancellation_nothing_is_said_that_was_ready(loading: Load, tiny_llama: Path) -> None:
    backend = open_local("m", loading(tiny_llama, parallel=1), Answering())
    request = Request("the cat", GREEDY)
    stream = backend.stream(request)
    assert isinstance(next(stream), Piece)
    infer(backend, Request("a dog", GREEDY))  # one at a time: the first is done when this one is
    request.cancellation.cancel()
    with pytest.raises(Cancelled):
        next(stream)


class Watched(Engine):
    """Remembers what was asked of it."""

    added: list[Sequence]

    def add(self, sequence: Sequence) -> None:
        self.added.append(sequence)
        super().add(sequence)


class Gated:
    """A backend over a model that answers by rule, and computes nothing before its gate is opened."""

    def __init__(self, path: Path) -> None:
        self.runner = RuleRunner(600, 64, gated=True)
        self.cache = KVCache(600, 4, keep=600)
        self.engine = Watched(Scheduler(self.cache, batch_tokens=64, parallel=2), self.runner)
        self.engine.added = []
        thread = EngineThread("m", self.engine, places=2, queue=8)
        self.loaded = LoadedGenerator(path, Model(path), 512, thread)
        self.backend = LocalGenerator("m", self.loaded, Answering())


@pytest.fixture
def gated(tiny_llama: Path) -> Iterator[Gated]:
    made = Gated(tiny_llama)
    yield made
    made.backend.close()


def test_infer_waits_for_the_end_and_a_stream_for_each_piece(gated: Gated) -> None:
    gated.runner.gate.set()
    infer(gated.backend, Request("the cat", GREEDY))
    *_, last = gated.backend.stream(Request("the cat", GREEDY))
    assert isinstance(last, Completion)
    infer(LocalGenerator("m", gated.loaded, Answering(stop=("a stop string",))), Request("the cat", GREEDY))
    assert [one.hold_back_s for one in gated.engine.added] == [AT_THE_END, PIECEWISE_S, PIECEWISE_S]
    assert gated.backend.counters.generated_tokens == 3 * last.generated_tokens


def test_infer_is_cancelled_while_it_waits_for_the_end(gated: Gated) -> None:
    request = Request("the cat", GREEDY)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(infer, gated.backend, request)
        assert gated.runner.entered.wait(30)
        request.cancellation.cancel()
        with pytest.raises(Cancelled):
            asked.result(30)
        gated.runner.gate.set()
    infer(gated.backend, Request("a dog", GREEDY))
    assert gated.backend.counters.cancelled == 1
    assert gated.cache.free == gated.cache.cells


def test_infer_is_closed_while_it_waits_for_the_end(gated: Gated) -> None:
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(infer, gated.backend, Request("the cat", GREEDY))
        assert gated.runner.entered.wait(30)
        gated.backend.close()
        with pytest.raises(InferenceFailed, match="model 'm' was closed"):
            asked.result(30)


def test_seeds(loading: Load, tiny_llama: Path) -> None:
    loaded = loading(tiny_llama)
    free = open_local("m", loaded, Answering())
    fixed = open_local("m", loaded, Answering(seed=77))
    random = [infer(free, Request("the", HOT)) for _ in range(4)]
    assert len({c.seed for c in random}) == 4
    assert len({c.text for c in random}) > 1
    again = infer(free, Request("the", HOT, seed=random[0].seed))
    assert again.text == random[0].text, "the seed that was reported is the seed that was used"
    assert {infer(fixed, Request("the", HOT)).seed for _ in range(2)} == {77}
    assert infer(fixed, Request("the", HOT)).text == infer(free, Request("the", HOT, seed=77)).text
    assert infer(fixed, Request("the", HOT, seed=5)).seed == 5


def test_the_repeat_penalty_looks_back_on_the_prompt(generator: LocalGenerator) -> None:
    one = SamplingParams(temperature=0, repeat_penalty=0, max_tokens=1)
    harsh = SamplingParams(temperature=0, repeat_penalty=100.0, max_tokens=1)
    differs = [
        prompt
        for prompt in ("ab" * n for n in range(1, 30))
        if infer(generator, Request(prompt, one)).text != infer(generator, Request(prompt, harsh)).text
    ]
    for prompt in differs:
        said = infer(generator, Request(prompt, one)).text
        assert said in prompt + " "


def test_chat_wraps_the_prompt_in_the_files_template(loading: Load, tiny_llama: Path) -> None:
    loaded = loading(tiny_llama)
    raw = open_local("m", loaded, Answering())
    chat = open_local("m", loaded, Answering(chat=True))
    wrapped = "<|user|>the cat\n<|assistant|>"
    assert infer(chat, Request("the cat", GREEDY)).text == infer(raw, Request(wrapped, GREEDY)).text
    assert infer(chat, Request("the cat", GREEDY)).prompt_tokens == len(
        loaded.model.tokenize(wrapped, special=True)
    )


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (None, "the file has no chat template"),
        ("{{ raise_exception('system only') }}", r"the file's chat template cannot be used \(system only\)"),
    ],
)
def test_chat_without_a_template(tmp_path: Path, loading: Load, template: str | None, reason: str) -> None:
    loaded = loading(write_llama(tmp_path / "m.gguf", template=template))
    with pytest.raises(ModelError, match=reason + r'\n  Write `prompt = "raw"`'):
        open_local("m", loaded, Answering(chat=True))
    assert infer(open_local("m", loaded, Answering()), Request("the", GREEDY)).text


def test_a_prompt_that_the_template_refuses(tmp_path: Path, loading: Load) -> None:
    fussy = "{% if 'x' in messages[0].content %}{{ raise_exception('no x') }}{% endif %}ok"
    backend = open_local("m", loading(write_llama(tmp_path / "m.gguf", template=fussy)), Answering(chat=True))
    with pytest.raises(InferenceFailed, match="the chat template of model 'm' refuses this prompt: no x"):
        infer(backend, Request("x"))


def test_deterministic_is_the_same_whatever_else_is_asked(loading: Load, tiny_llama: Path) -> None:
    backend = open_local("m", loading(tiny_llama, deterministic=True), Answering(seed=3))
    prompts = [f"Say {n} cats" for n in range(12)]
    alone = [infer(backend, Request(prompt, HOT)).text for prompt in prompts]
    together = [""] * len(prompts)

    def ask(n: int) -> None:
        together[n] = infer(backend, Request(prompts[n], HOT)).text

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


def test_one_line_in_the_log(generator: LocalGenerator, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        infer(generator, Request("the cat", GREEDY, seed=9))
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith("model 'm': 8 prompt tokens (0 cached), ")
    assert re.search(r"seed 9; queued \d+\.\d", record.getMessage())


def test_one_line_for_a_caller_that_leaves(
    generator: LocalGenerator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        stream = generator.stream(Request("the cat", GREEDY))
        next(stream)
        stream.close()
    assert [r.getMessage() for r in caplog.records] == ["model 'm': the caller has left"]


def test_a_full_queue(loading: Load, tiny_llama: Path) -> None:
    backend = open_local("m", loading(tiny_llama, parallel=1, queue=1), Answering())
    streams = [backend.stream(Request("the cat", GREEDY)) for _ in range(3)]
    assert [type(next(stream)) for stream in streams[:2]] == [Piece, Piece]
    with pytest.raises(Busy, match="model 'm' is busy: 1 requests queued"):
        next(streams[2])
    for stream in streams:
        stream.close()


def test_a_model_that_generates_does_not_embed(generator: LocalGenerator) -> None:
    with pytest.raises(InferenceFailed, match="model 'm' generates text; it does not embed it"):
        generator.embed(EmbeddingRequest(("a",)))


def test_an_empty_prompt_is_the_bos_alone(generator: LocalGenerator) -> None:
    assert infer(generator, Request("", GREEDY)).prompt_tokens == 1
    assert generator.tokenize("") == array("i", [1])
