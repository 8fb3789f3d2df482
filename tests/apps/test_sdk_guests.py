"""Guests as published SDKs and plain toolchains make them, unmodified, served by `spinfer up`.

The guests of Spin's Python SDK, and of its newer JavaScript packages, are the examples.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from apps.survival.server import Server, serving
from guests import COMPILED, ROOT, app

SOURCES = ROOT / "tests" / "guests"
MODELS = "[models.llama2-chat]\nbuiltin = true\n[models.all-minilm-l6-v2]\nbuiltin = true\n"
QUESTION = b"What is the capital of France?"

Answer = tuple[int, dict[str, str], bytes]
Ask = Callable[..., Answer]


def needs(*tools: str) -> pytest.MarkDecorator:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} missing, which builds the guest")


@contextmanager
def served(name: str, folder: Path) -> Iterator[Ask]:
    """A way to ask the app in `tests/guests/NAME`, which has the built-in models."""
    place = Path(shutil.copytree(app(SOURCES / name), folder / name))
    (place / "spinfer.toml").write_text(MODELS)
    cache = COMPILED
    with serving(place, os.environ, "-q", "--cache-dir", str(cache)) as server:
        yield lambda *request, **headers: ask(server, *request, **headers)
        assert server.end() == 0


def ask(server: Server, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): v for name, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with served("js-spin-sdk", tmp_path_factory.mktemp("javascript")) as ask:
        yield ask


@pytest.fixture(scope="module")
def c(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    with served("c-ask", tmp_path_factory.mktemp("c")) as ask:
        yield ask


@needs("npm")
class TestJavaScriptSdk:
    """`@fermyon/spin-sdk` 2."""

    def test_its_router_finds_the_route(self, javascript: Ask) -> None:
        status, headers, body = javascript("GET", "/hello/Ada?x=1", x_ask="me")
        assert (status, headers["x-asked"], body) == (201, "me", b"Hello, Ada!")
        assert javascript("GET", "/nowhere")[::2] == (404, b"nobody")

    def test_it_asks_a_model(self, javascript: Ask) -> None:
        status, _, body = javascript("POST", "/infer", QUESTION)
        answer = json.loads(body)
        assert status == 200
        assert "Paris" in answer["text"]
        assert answer["usage"]["generatedTokenCount"] > 0

    def test_it_embeds_texts(self, javascript: Ask) -> None:
        _, _, body = javascript("POST", "/embed", b"one\ntwo\nthree")
        assert json.loads(body)["lengths"] == [128] * 3

    def test_it_streams(self, javascript: Ask) -> None:
        _, headers, body = javascript("POST", "/count", b"1000")
        assert headers["transfer-encoding"] == "chunked"
        assert body.split() == [b"%d" % number for number in range(1, 1001)]

    @pytest.mark.parametrize("url", ["http://self/hello/me", "http://ask.spin.internal/hello/me"])
    def test_it_fetches(self, javascript: Ask, url: str) -> None:
        assert javascript("GET", "/chain", x_url=url)[::2] == (201, b"Hello, me!")

    def test_it_may_not_fetch_what_it_was_not_granted(self, javascript: Ask) -> None:
        assert javascript("GET", "/chain", x_url="http://127.0.0.1:1/")[0] == 500


@needs("npm", "clang", "wasm-ld")
class TestC:
    """clang without a C library; one guest of `wasi:http`, one of the days before it."""

    def test_it_asks_a_model(self, c: Ask) -> None:
        status, _, body = c("POST", "/", QUESTION)
        assert (status, body) == (200, b"The capital of France is Paris. [19, 12]")

    def test_it_cannot_smuggle_a_header_in(self, c: Ask) -> None:
        status, headers, body = c("GET", "/inject")
        assert (status, body) == (200, b"0")
        assert headers.keys() == {"date", "transfer-encoding"}

    def test_an_old_guest_asks_a_model(self, c: Ask) -> None:
        status, headers, body = c("POST", "/legacy/a?b=c", QUESTION, x_ask="me")
        assert (status, body) == (200, b"The capital of France is Paris. [19, 12]")
        assert (headers["x-uri"], headers["x-asked"]) == ("/legacy/a?b=c", "me")

    @pytest.mark.parametrize("url", ["http://self/inject", "http://ask.spin.internal/inject"])
    def test_an_old_guest_asks_others(self, c: Ask, url: str) -> None:
        assert c("POST", "/legacy", url.encode())[::2] == (200, b"0")

    def test_an_old_guest_is_told_what_it_was_not_granted(self, c: Ask) -> None:
        assert c("POST", "/legacy", b"http://127.0.0.1:1/")[::2] == (502, b"error 1")
