"""Remote models beyond the contract: what goes over the wire, what refusals mean; keys stay secret."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr

from fakes.http_servers import head_of, serving, silent
from fakes.model_servers import model_server
from spinfer.config.models import MockConfig, ModelConfig, ScriptedReply
from spinfer.config.remote import Api, RemoteConfig
from spinfer.errors import Busy, Cancelled, InferenceFailed, InvalidInput, ModelNotSupported
from spinfer.inference.backend import Backend, infer
from spinfer.inference.backends.mock import MockBackend
from spinfer.inference.backends.remote import RemoteBackend
from spinfer.inference.catalog import Catalog
from spinfer.inference.types import EmbeddingRequest, Piece, Request, SamplingParams

KEY = "sk-hunter2"
APIS: tuple[Api, ...] = ("open_ai", "spin")

Open = Callable[..., Backend]


@pytest.fixture
def open_() -> Iterator[Open]:
    """`open_(authority, api="open_ai", timeout_s=…, prompt=…)`: the model `m` there."""
    with contextlib.ExitStack() as closing:

        def open_(authority: str, path: str = "", prompt: str | None = None, **settings: object) -> Backend:
            remote = RemoteConfig(url=f"http://{authority}{path}", key=SecretStr(KEY), **settings)
            model = ModelConfig(remote=remote, **({"prompt": prompt} if prompt else {}))
            catalog = closing.enter_context(contextlib.closing(Catalog({"m": model})))
            backend = catalog.get("m")
            assert isinstance(backend, RemoteBackend)
            return backend

        yield open_


def mock(default: str = "a b c", *replies: ScriptedReply) -> MockBackend:
    return MockBackend("m", MockConfig(default=default, replies=replies))


@contextmanager
def refusing(status: int, body: object) -> Iterator[str]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(
            f"HTTP/1.1 {status} S\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n"
            "connection: close\r\n\r\n".encode()
            + content
        )
        await writer.drain()

    with serving(script) as server:
        yield server.authority


@pytest.mark.parametrize(
    ("path", "api", "prompt", "infer_at", "embed_at"),
    [
        ("", "open_ai", None, "/v1/chat/completions", "/v1/embeddings"),
        ("/base/", "open_ai", "raw", "/base/v1/completions", "/base/v1/embeddings"),
        ("/base/v1", "open_ai", "chat", "/base/v1/chat/completions", "/base/v1/embeddings"),
        ("", "spin", None, "/infer", "/embed"),
    ],
)
def test_where_it_asks(
    path: str, api: Api, prompt: str | None, infer_at: str, embed_at: str, open_: Open
) -> None:
    with model_server(mock()) as (served, server):
        backend = open_(server.authority, path, api=api, prompt=prompt, model="there")
        assert infer(backend, Request("Hi")).text == "a b c"
        backend.embed(EmbeddingRequest(("x",)))
    assert [asked.target for asked in served.asked] == [infer_at, embed_at]
    assert all(asked.content["model"] == "there" for asked in served.asked)
    assert all(f"authorization: Bearer {KEY}\r\n" in asked.head for asked in served.asked)


def test_spins_parameters(open_: Open) -> None:
    with model_server(mock()) as (served, server):
        infer(open_(server.authority, api="spin"), Request("Hi", SamplingParams(max_tokens=5, top_k=3)))
    assert served.asked[0].content == {
        "model": "m",
        "prompt": "Hi",
        "options": {
            "maxTokens": 5,
            "topK": 3,
            "topP": 0.9,
            "temperature": 0.8,
            "repeatPenalty": 1.1,
            "repeatPenaltyLastNTokenCount": 64,
        },
    }


def test_without_a_key(open_: Open) -> None:
    with model_server(mock()) as (served, server):
        remote = RemoteConfig(url=f"http://{server.authority}")
        with contextlib.closing(Catalog({"*": ModelConfig(remote=remote)})) as catalog:
            assert infer(catalog.get("any"), Request("Hi")).text == "a b c"
    assert "authorization" not in served.asked[0].head.lower()
    assert served.asked[0].content["model"] == "any"


def test_what_a_server_does_not_know_is_left_out_and_said_once(
    open_: Open, caplog: pytest.LogCaptureFixture
) -> None:
    with model_server(mock(), "top_k", "repeat_last_n", "max_tokens", "stream_options") as (served, server):
        backend = open_(server.authority)
        for _ in range(3):
            assert infer(backend, Request("Hi", SamplingParams(max_tokens=2))).text == "a b"
    assert [len(asked.content.keys() & served.unknown) for asked in served.asked] == [4, 0, 0, 0]
    assert served.asked[-1].content["max_completion_tokens"] == 2
    assert caplog.text.count("does not know max_tokens, repeat_last_n, stream_options, top_k") == 1


def test_a_server_that_does_not_stream(open_: Open) -> None:
    with model_server(mock(), "stream") as (_, server):
        *pieces, done = open_(server.authority).stream(Request("Hi"))
    assert pieces == [Piece("a b c")]
    assert (done.text, done.generated_tokens) == ("a b c", 3)


HOST_SAYS = "model 'm' could not be asked; the host's log says why"


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("status", "body", "error", "said", "logged"),
    [
        (400, {"error": {"message": "too long"}}, InvalidInput, "too long", ""),
        (422, {"detail": f"bad key {KEY}"}, InvalidInput, "bad key ***", ""),
        (401, {"error": {"message": f"Incorrect key: {KEY}"}}, InferenceFailed, HOST_SAYS, "refuses the key"),
        (403, b"no", InferenceFailed, HOST_SAYS, "it refuses the key (403)"),
        (404, {"error": "model 'm' not found"}, ModelNotSupported, "does not have it", "no such model"),
        (404, b"<html>", InferenceFailed, HOST_SAYS, "status 404: <html>"),
        (429, b"", Busy, "the server of model 'm' is busy: try again later", ""),
        (500, {"message": f"oops\x1b[2J {KEY}"}, InferenceFailed, HOST_SAYS, "status 500: oops\ufffd[2J ***"),
        (302, b"", InferenceFailed, HOST_SAYS, "status 302"),
        (200, b"<html>", InferenceFailed, "cannot be read", "this is no answer of the API"),
        (200, {"text": 7}, InferenceFailed, "cannot be read", "this is no answer of the API"),
        (200, b"[" * 100_000, InferenceFailed, "cannot be read", "this is no answer of the API"),
    ],
)
def test_refusals(
    api: Api,
    status: int,
    body: object,
    error: type[Exception],
    said: str,
    logged: str,
    open_: Open,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG), refusing(status, body) as authority:
        backend = open_(authority, api=api)
        for call in (
            lambda: infer(backend, Request("Hi")),
            lambda: backend.embed(EmbeddingRequest(("a",))),
        ):
            with pytest.raises(error) as raised:
                call()
            assert type(raised.value) is error
            assert said in str(raised.value)
    assert logged in caplog.text
    assert KEY not in caplog.text + repr(backend)


@pytest.mark.parametrize("rows", [[], [[1.0]], [[1.0], ["x"]], [[1.0], [1.0, 2.0]], [[1e400], [1.0]], 7])
def test_embeddings_that_are_none(rows: object, open_: Open) -> None:
    answer = {"embeddings": rows, "usage": {}}
    with refusing(200, answer) as authority, pytest.raises(InferenceFailed, match="cannot be read"):
        open_(authority, api="spin").embed(EmbeddingRequest(("a", "b")))


def test_nobody_there_and_silence(open_: Open, caplog: pytest.LogCaptureFixture) -> None:
    with serving(silent) as server:
        authority = server.authority
        with pytest.raises(InferenceFailed, match="could not be asked"):
            infer(open_(authority, timeout_s=0.05), Request("Hi"))
    assert "it kept silent for 0.05 s" in caplog.text
    with pytest.raises(InferenceFailed, match="could not be asked"):
        infer(open_(authority), Request("Hi"))
    assert "nobody answers there" in caplog.text


def test_a_server_that_breaks_off(open_: Open, caplog: pytest.LogCaptureFixture) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        event = b'data: {"choices": [{"delta": {"content": "a"}}]}\n\n'
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            + f"{len(event):x}\r\n".encode()
            + event
            + b"\r\n"
        )
        await writer.drain()

    with serving(script) as server:
        stream = open_(server.authority).stream(Request("Hi"))
        assert next(stream) == Piece("a")
        with pytest.raises(InferenceFailed):
            next(stream)
    assert "it hung up" in caplog.text


WAITING = ScriptedReply(prompt="wait", text="late", delay_s=600)


def until(done: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if done():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never came")


@pytest.mark.parametrize("api", APIS)
def test_a_caller_that_leaves_while_the_server_thinks(api: Api, open_: Open) -> None:
    with model_server(mock("a", WAITING)) as (served, server):
        backend = open_(server.authority, api=api)
        request = Request("wait")

        def leave() -> None:
            until(lambda: bool(served.asked))
            request.cancellation.cancel()

        threading.Thread(target=leave).start()
        with pytest.raises(Cancelled):
            infer(backend, request)
        assert infer(backend, Request("Hi")).text == "a"


def test_a_reader_that_stops_reading_frees_the_server(open_: Open) -> None:
    words = " ".join(map(str, range(400_000)))  # more than the sockets' buffers would take unread
    with model_server(mock(words)) as (served, server):
        stream = open_(server.authority).stream(Request("Hi", SamplingParams(max_tokens=400_000)))
        next(stream)
        stream.close()
        until(lambda: served.ended_early == ["/v1/chat/completions"])
