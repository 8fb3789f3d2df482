"""The guest examples that serve HTTP, built from source, on the real built-in models."""

from __future__ import annotations

import http.client
import json
import socket
import time
import urllib.error
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from apps.held_answer import holding
from apps.serving import FAR, copied, needs, running, until_said


@needs("hello-http")
def test_the_hello_example(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("hello-http", tmp_path)
    with running(environment, folder, sign="(wildcard)\n") as up:
        assert up.get("/hello/Ada%20Lovelace") == b"Hello, Ada Lovelace!\n"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            up.get("/other")
        assert up.end() == 0


@needs("sentiment")
def test_the_sentiment_example(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("sentiment", tmp_path)
    with running(environment, folder, sign="judges it\n") as up:
        assert b'<form id="form">' in up.get("/")
        assert b"#verdict" in up.get("/style.css")
        verdicts = [
            up.post("/api/sentiment", s) for s in ("What a wonderful day!", "I hate this, it broke twice.")
        ]
        assert [json.loads(verdict)["sentiment"] for verdict in verdicts] == ["positive", "negative"]
        assert up.end() == 0
        assert "[sentiment] positive: What a wonderful day!\n" in up.err.read_text()
    logged = (folder / ".spin/logs/sentiment_stdout.txt").read_text()
    assert logged == "positive: What a wonderful day!\nnegative: I hate this, it broke twice.\n"


@needs("sentiment")
def test_a_client_that_goes_away_frees_its_model(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("sentiment", tmp_path)
    (folder / "spinfer.toml").write_text(
        '[models.llama2-chat.mock]\nreplies = [{ pattern = "", text = "late", delay_s = 600 }]\n'
    )
    with running(environment, folder, "-vv", sign="judges it\n") as up:
        host, port = up.url.removeprefix("http://").split(":")
        for patience_s in (0.5, 2, 8, 32):  # it has to last until the guest has begun
            with socket.create_connection((host, int(port)), timeout=FAR) as client:
                client.sendall(b"POST /api/sentiment HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\ngood")
                time.sleep(patience_s)
            with suppress(AssertionError):
                until_said(up, "its caller went away", within_s=patience_s)
                break
        until_said(up, "its caller went away")
        assert up.end() == 0


@needs("chat-stream")
def test_the_chat_example_sends_each_piece_as_it_comes(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("chat-stream", tmp_path)
    with (
        holding(folder, "The capital", " of", " Italy", " is Rome", ".") as go_on,
        running(environment, folder, sign="piece by piece\n") as up,
        closing(http.client.HTTPConnection(up.url.removeprefix("http://"), timeout=FAR)) as connection,
    ):
        connection.request("POST", "/api/chat", b"What is the capital of Italy?")
        answer = connection.getresponse()
        assert answer.getheader("transfer-encoding") == "chunked"
        assert answer.read1() == b"The capital"  # while the guest waits for the next piece
        go_on.set()
        assert answer.read() == b" of Italy is Rome."
        assert up.end() == 0


@needs("chat-stream")
def test_the_chat_example_answers(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("chat-stream", tmp_path)
    with running(environment, folder, sign="piece by piece\n") as up:
        assert b"<title>Chat</title>" in up.get("/")
        assert up.post("/api/chat", "What is the capital of Italy?") == b"The capital of Italy is Rome."
        for body, code, said in (
            ("", 400, b"Send a question"),
            ("word " * 3000, 500, b"the context of model"),
        ):
            with pytest.raises(urllib.error.HTTPError, match=str(code)) as refused:
                up.post("/api/chat", body)
            assert said in refused.value.read()
        assert up.end() == 0


@needs("semantic-search")
def test_the_search_example_remembers(environment: dict[str, str], tmp_path: Path) -> None:
    folder = copied("semantic-search", tmp_path)
    documents = (folder / "documents.txt").read_text()
    count = len(documents.splitlines())
    with running(environment, folder, sign="nearest ones\n") as up:
        for _ in range(2):  # the second time replaces them
            assert json.loads(up.post("/documents", documents)) == {"kept": count}
        assert up.end() == 0
    with running(environment, folder, sign="nearest ones\n") as up:
        for question, nearest in (
            ("my laptop is lagging", "Repair a slow computer"),
            ("I was charged twice", "A mistake on your bill"),
            ("I forgot my login", "Choose a new password"),
        ):
            found = json.loads(up.get(f"/search?q={quote(question)}"))
            assert found[0]["text"] == nearest
            assert len({text["text"] for text in found}) == 3
        assert up.end() == 0
