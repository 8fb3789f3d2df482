"""What a process is answered about models that another has, beyond what every backend promises."""

from __future__ import annotations

import logging
import socket
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import ClassVar, Self

import numpy as np
import pytest

from inference.sharing.conftest import Share
from inference.sharing.models import Echo, Gated, Named, until
from spinfer.config.models import MockConfig, ScriptedReply
from spinfer.errors import Cancelled, InferenceFailed, InvalidInput, ModelError, ModelNotSupported
from spinfer.inference.backend import infer
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.sharing import client
from spinfer.inference.sharing.client import SharedModels
from spinfer.inference.sharing.messages import Generate
from spinfer.inference.sharing.server import ModelServer
from spinfer.inference.sharing.wire import Wire
from spinfer.inference.types import (
    Completion,
    EmbeddingRequest,
    Embeddings,
    FinishReason,
    Piece,
    Request,
    SamplingParams,
    Timings,
)

GONE = r"^the process that holds the models has ended$"
CLOSED = r"^the connection to the models was closed$"
GREEDY = SamplingParams(temperature=0, repeat_penalty=0, max_tokens=40)


class Canned(Echo):
    """Answers or raises what it is given."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer = answer

    def stream(self, request):
        yield from super().stream(request)
        yield self._give()

    def embed(self, request):
        return self._give()

    def summary(self):
        return self._give()

    def _give(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_name_is_asked_for_once(share: Share) -> None:
    catalog = Named(m=Echo())
    models = share(catalog).models
    assert infer(models.get("m"), Request("one")).text == "one"
    assert infer(models.get("m"), Request("two")).text == "two"
    assert catalog.asked == ["m", "m", "m"], "once to find it, and once for each request"


def test_a_name_that_is_not_there_is_asked_for_each_time(share: Share) -> None:
    catalog = Named(m=Echo())
    models = share(catalog).models
    for _ in range(2):
        with pytest.raises(ModelNotSupported, match=r"^there is no model 'n', but m$"):
            models.get("n")
    catalog.models["n"] = Echo()
    assert models.get("n").summary() == "says it back"


def test_a_name_that_vanishes(share: Share) -> None:
    catalog = Named(m=Echo(), n=Echo())
    models = share(catalog).models
    held = models.get("n")
    del catalog.models["n"]
    with pytest.raises(ModelNotSupported, match=r"^there is no model 'n', but m$"):
        infer(held, Request("a"))
    with pytest.raises(ModelNotSupported):
        models.get("n")


def test_names_that_are_remembered_are_bounded(share: Share, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_NAMES", 3)
    models = share(Named(**{f"m{n}": Echo() for n in range(9)})).models
    for n in range(9):
        models.get(f"m{n}")
    assert len(models._known) <= 3


@pytest.mark.parametrize(
    "prompt",
    ["", "ein Satz\0 👋🏽", "\ud800 alone, and \udfff", "größer " * 1_000_000],
    ids=["empty", "nul", "surrogates", "eight megabytes"],
)
def test_any_prompt_comes_back_as_it_was(share: Share, prompt: str) -> None:
    model = share(Named(m=Echo())).models.get("m")
    assert "".join(e.text for e in model.stream(Request(prompt)) if isinstance(e, Piece)) == prompt
    assert infer(model, Request(prompt)).text == prompt
    assert model.embed(EmbeddingRequest((prompt, "a"))).vectors.tolist() == [[len(prompt), 1], [1, 1]]


def test_all_that_is_asked_arrives(share: Share) -> None:
    echo = Echo()
    model = share(Named(m=echo)).models.get("m")
    params = SamplingParams(7, 1.5, 9, 0.1, 3, 0.2, "root ::= [a-z]+")
    sent = Request("hello", params, 77)
    events = list(model.stream(sent))
    assert events == [Piece("he"), Piece("llo"), Completion("hello", FinishReason.STOP, 5, 2, seed=77)]
    (got,) = echo.requests
    assert (got.prompt, got.params, got.seed, got.streaming) == ("hello", params, 77, True)
    assert got.cancellation is not sent.cancellation


def test_what_nobody_waits_for_piece_by_piece_comes_in_one(share: Share) -> None:
    echo = Echo()
    model = share(Named(m=echo)).models.get("m")
    pieces = [e for e in model.stream(Request("hello", streaming=False)) if isinstance(e, Piece)]
    assert pieces == [Piece("hello")]
    assert not echo.requests[0].streaming
    assert len(list(model.stream(Request("", streaming=False)))) == 1


def test_an_answer_arrives_whole(share: Share) -> None:
    timings = Timings(0.5, 1.5, 2.5, 12345.5, (1.5, 2.5, 4.0))
    whole = Completion("said", FinishReason.LENGTH, 10, 3, 4, 99, timings, (5, 6, 7))
    vectors = np.random.default_rng(0).standard_normal((100, 384), np.float32)

    class Answers(Echo):
        def stream(self, request):
            yield whole

    models = share(Named(a=Answers(), c=Canned(Embeddings(vectors[:, ::2], 8)))).models
    assert list(models.get("a").stream(Request("a"))) == [whole]
    embeddings = models.get("c").embed(EmbeddingRequest(("a",)))
    assert (embeddings.vectors.dtype, embeddings.prompt_tokens) == (np.float32, 8)
    np.testing.assert_array_equal(embeddings.vectors, vectors[:, ::2])


def test_what_the_model_raises(share: Share) -> None:
    refusal = Canned(InvalidInput("prompt has 9 tokens, the context of model 'm' holds 8"))
    trouble = Canned(ModelError("no such file", where="a.gguf", cure="Put it there."))
    models = share(Named(refusal=refusal, trouble=trouble)).models
    with pytest.raises(InvalidInput, match=r"^prompt has 9 tokens, the context of model 'm' holds 8$"):
        models.get("refusal").embed(EmbeddingRequest(("a",)))
    with pytest.raises(ModelError, match=r"^a\.gguf: no such file\n  Put it there\.$"):
        models.get("trouble").summary()


def test_a_mistake_of_ours_is_logged_where_it_was_made(
    share: Share, caplog: pytest.LogCaptureFixture
) -> None:
    model = share(Named(m=Canned(ZeroDivisionError("internal")))).models.get("m")
    says = "model 'm' had an internal error; the host's log says which"
    for ask in (lambda: model.embed(EmbeddingRequest(("a",))), model.summary):
        caplog.clear()
        with pytest.raises(InferenceFailed, match=says):
            ask()
        (record,) = caplog.records
        assert record.levelno == logging.ERROR
        assert record.exc_info is not None
        assert record.exc_info[0] is ZeroDivisionError


def test_after_some_pieces_the_model_fails(share: Share) -> None:
    class Fails(Echo):
        def stream(self, request):
            yield Piece("half")
            raise InferenceFailed("the GPU is on fire")

    stream = share(Named(m=Fails())).models.get("m").stream(Request("a"))
    assert next(stream) == Piece("half")
    with pytest.raises(InferenceFailed, match="the GPU is on fire"):
        next(stream)


def test_nothing_is_asked_before_the_first_piece_is(share: Share) -> None:
    echo = Echo()
    shared = share(Named(m=echo))
    model = shared.models.get("m")
    model.stream(Request("never")).close()
    never = Request("never")
    never.cancellation.cancel()
    with pytest.raises(Cancelled):
        infer(model, never)
    assert infer(model, Request("asked")).text == "asked"
    assert [request.prompt for request in echo.requests] == ["asked"]


def test_closing_what_one_process_holds_leaves_the_model_to_the_others(share: Share) -> None:
    echo = Echo()
    catalog = Named(m=echo)
    one, other = share(catalog).models, share(catalog).models
    held = one.get("m")
    held.close()
    with pytest.raises(InferenceFailed, match=r"^model 'm' was closed$"):
        infer(held, Request("a"))
    assert infer(one.get("m"), Request("a")).text == "a"
    assert infer(other.get("m"), Request("a")).text == "a"


def test_closing_what_one_process_holds_ends_what_it_asked(share: Share, gated: Gated) -> None:
    shared = share(Named(m=gated.backend))
    held = shared.models.get("m")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(infer, held, Request("the cat", GREEDY))
        assert gated.runner.entered.wait(30)
        held.close()
        with pytest.raises(InferenceFailed, match=r"^model 'm' was closed$"):
            asked.result(30)
    until(lambda: not shared.server.under_way)
    _ended_in_the_engine(gated, 1)


def test_a_model_that_is_closed_where_it_is(share: Share, gated: Gated) -> None:
    shared = share(Named(m=gated.backend))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(infer, shared.models.get("m"), Request("the cat", GREEDY))
        assert gated.runner.entered.wait(30)
        gated.backend.close()
        with pytest.raises(InferenceFailed, match="model 'm' was closed"):
            asked.result(30)


def _ended_in_the_engine(gated: Gated, count: int) -> None:
    """By its own account, when it has come so far as to answer somebody else."""
    gated.runner.gate.set()
    assert infer(gated.backend, Request("a dog", GREEDY)).prompt_tokens
    assert gated.cancelled == count
    assert gated.cache.free == gated.cache.cells


@pytest.mark.parametrize("streaming", [True, False])
def test_cancelling_reaches_the_engine(share: Share, gated: Gated, streaming: bool) -> None:
    shared = share(Named(m=gated.backend))
    request = Request("the cat", GREEDY, streaming=streaming)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(next, shared.models.get("m").stream(request))
        assert gated.runner.entered.wait(30)
        request.cancellation.cancel()
        with pytest.raises(Cancelled):
            asked.result(30)
    assert shared.models.under_way == 0
    until(lambda: not shared.server.under_way)  # although the engine has not come further yet
    _ended_in_the_engine(gated, 1)


def test_cancelling_reaches_a_model_that_embeds(share: Share) -> None:
    class Waits(Echo):
        left = threading.Event()

        def embed(self, request):
            with request.cancellation.listening(self.left.set):
                self.asked.set()
                self.left.wait(30)
            raise Cancelled("the caller has left")

    waits = Waits()
    shared = share(Named(m=waits))
    request = EmbeddingRequest(("a",))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(shared.models.get("m").embed, request)
        assert waits.asked.wait(30)
        request.cancellation.cancel()
        with pytest.raises(Cancelled):
            asked.result(30)
    assert waits.left.wait(10)


def test_a_reader_that_pauses_is_cancelled_all_the_same(share: Share, gated: Gated) -> None:
    """The one who cancels says so to the other process, not the one who may read on some day."""
    shared = share(Named(m=gated.backend))
    request = Request("the cat", SamplingParams(temperature=0, repeat_penalty=0, max_tokens=400), seed=1)
    gated.runner.gate.set()
    stream = shared.models.get("m").stream(request)
    assert isinstance(next(stream), Piece)
    request.cancellation.cancel()
    until(lambda: not shared.server.under_way)
    with pytest.raises(Cancelled):
        next(stream)


def test_after_a_cancellation_nothing_is_said_that_had_arrived(share: Share) -> None:
    shared = share(Named(m=Echo()))
    model = shared.models.get("m")
    request = Request("hello")
    stream = model.stream(request)
    assert next(stream) == Piece("he")
    until(lambda: not shared.server.under_way)
    assert model.summary(), "it comes after the rest, which has come then"
    request.cancellation.cancel()
    with pytest.raises(Cancelled):
        next(stream)


def test_a_reader_that_leaves_reaches_the_engine(share: Share, gated: Gated) -> None:
    class OnePiece(Echo):
        """So that there is something to read before the gate is opened."""

        def stream(self, request):
            yield Piece("first")
            yield from gated.backend.stream(request)

    shared = share(Named(m=OnePiece()))
    stream = shared.models.get("m").stream(Request("the cat", GREEDY))
    assert next(stream) == Piece("first")
    assert gated.runner.entered.wait(30)
    stream.close()
    until(lambda: not shared.server.under_way)
    _ended_in_the_engine(gated, 1)


def test_cancelling_what_nobody_answers_any_more(share: Share) -> None:
    shared = share(Named(m=Echo()))
    request = Request("all of it")
    assert infer(shared.models.get("m"), request).text == "all of it"
    request.cancellation.cancel()
    assert infer(shared.models.get("m"), Request("again")).text == "again"


def test_the_asking_side_ends_the_connection(share: Share, gated: Gated) -> None:
    shared = share(Named(m=gated.backend))
    model = shared.models.get("m")
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(infer, model, Request("the cat", GREEDY)) for _ in range(3)]
        until(lambda: gated.callers == 3)
        assert gated.runner.entered.wait(30)
        shared.models.close()
        for each in asked:
            with pytest.raises(InferenceFailed, match=CLOSED):
                each.result(30)
    with pytest.raises(InferenceFailed, match=CLOSED):
        shared.models.get("m2")
    until(lambda: not shared.server.under_way)
    _ended_in_the_engine(gated, 3)
    shared.models.close()


def test_the_side_that_has_the_models_ends_the_connection(share: Share, gated: Gated) -> None:
    shared = share(Named(m=gated.backend))
    model = shared.models.get("m")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(infer, model, Request("the cat", GREEDY))
        assert gated.runner.entered.wait(30)
        shared.server.close()
        with pytest.raises(InferenceFailed, match=GONE):
            asked.result(30)
    for later in (lambda: shared.models.get("m2"), lambda: infer(model, Request("a")), model.summary):
        with pytest.raises(InferenceFailed, match=GONE):
            later()
    _ended_in_the_engine(gated, 1)
    shared.server.close()


def test_a_server_that_never_started() -> None:
    ours, theirs = socket.socketpair()
    with closing(SharedModels(theirs)) as models, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(models.get, "m")
        server = ModelServer(Named(), ours)
        server.close()
        server.close()
        with pytest.raises(InferenceFailed):
            asked.result(30)


def test_one_who_does_not_read_holds_up_nobody(share: Share) -> None:
    many = MockBackend(
        "m", MockConfig(replies=(ScriptedReply(prompt="say", text="lots of words " * 100_000),))
    )
    echo = Echo()
    catalog = Named(many=many, echo=echo)
    ours, theirs = socket.socketpair()
    server = ModelServer(catalog, ours)
    server.start()
    asking = Wire(theirs)
    for call in range(3):
        asking.send((call, Generate("many", "say", SamplingParams(max_tokens=10**6), None, True)))
    asking.send((4, Generate("echo", "heard", SamplingParams(), None, True)))
    assert echo.asked.wait(30), "it is heard, although nothing can be said to it"
    assert infer(share(catalog).models.get("echo"), Request("others")).text == "others"
    server.close()
    asking.end()
    asking.free()


def test_a_server_that_can_start_no_thread_says_so(
    share: Share, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shared = share(Named(m=Echo()))
    with monkeypatch.context() as patch:
        patch.setattr(shared.server._threads, "_start", _refuse)
        with pytest.raises(InferenceFailed, match="model 'm' had an internal error"):
            shared.models.get("m")
    assert shared.server.under_way == 0
    assert "can't start new thread" in caplog.text
    assert infer(shared.models.get("m"), Request("a")).text == "a"


def test_a_question_that_cannot_be_read_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """Also for an answer that nobody reads."""
    ours, theirs = socket.socketpair()
    echo = Echo()
    with closing(ModelServer(Named(m=echo), ours)) as server:
        server.start()
        asking = Wire(theirs)
        asking.send((1, Generate("m", "x" * (8 << 20), SamplingParams(), None, True)))
        assert echo.asked.wait(30)
        theirs.sendall(b"\1\0\0\0\0\0\0\0?")
        until(lambda: not server.under_way)
        asking.end()
        asking.free()
    assert "what was asked cannot be read" in caplog.text


def test_an_answer_that_cannot_be_read_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    ours, theirs = socket.socketpair()
    with closing(SharedModels(theirs)) as models, ThreadPoolExecutor(1) as pool, closing(ours):
        asked = pool.submit(models.get, "m")
        assert ours.recv(8)
        ours.sendall(b"\1\0\0\0\0\0\0\0?")
        with pytest.raises(InferenceFailed):
            asked.result(30)
    assert "the connection to the models broke" in caplog.text


class Prompt(str):
    """Known as long as somebody holds on to it, wherever it was sent."""

    held: ClassVar[list[weakref.ref[str]]] = []

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        cls.held.append(weakref.ref(made))
        return made


def test_nobody_holds_on_to_what_was_said(share: Share) -> None:
    class Says(Echo):
        def stream(self, request):
            yield Piece(Prompt("said"))
            yield Completion(Prompt("said"), FinishReason.STOP, 1, 1)

    model = share(Named(m=Says())).models.get("m")
    assert len(list(model.stream(Request(Prompt("asked"))))) == 2
    assert len(Prompt.held) == 6, "each on both sides"
    until(lambda: not any(ref() for ref in Prompt.held))


def test_threads_are_reused(share: Share) -> None:
    shared = share(Named(m=Echo()))
    model = shared.models.get("m")
    for n in range(50):
        assert infer(model, Request(f"{n}")).text == f"{n}"
    assert len(shared.server._threads._threads) < 25, "some may not be back yet when the next request comes"


def _refuse() -> None:
    raise RuntimeError("can't start new thread")
