"""The guest examples that serve HTTP, built from source, on the real built-in models."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
from pathlib import Path

import pytest

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
        client = socket.create_connection((host, int(port)), timeout=FAR)
        client.sendall(b"POST /api/sentiment HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\ngood")
        time.sleep(0.5)
        client.close()
        until_said(up, "its caller went away")
        assert up.end() == 0
