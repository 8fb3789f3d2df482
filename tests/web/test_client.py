"""The host's own HTTP client: answers as they come, interruptions at any moment, failures in words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from fakes.http_servers import answering, head_of, ok, serving, silent
from spinfer.inference.cancellation import Cancellation
from spinfer.web import client as module
from spinfer.web.client import Interrupted, Question, WebClient, WebFailure

SECRET = "hunter2"


@pytest.fixture
def web() -> Iterator[WebClient]:
    with WebClient() as web:
        yield web
    assert not [thread for thread in threading.enumerate() if thread.name == "spinfer-web"]


def get(authority: str, silence_s: float = 30.0) -> Question:
    return Question("GET", f"http://{authority}/", {"authorization": SECRET}, silence_s=silence_s)


def test_an_answer_and_its_connection_again(web: WebClient) -> None:
    script = answering(ok(b"content", "content-type: Text/Plain; charset=utf-8"))
    with serving(script) as server:
        for _ in range(3):
            with web.ask(get(server.authority)) as answer:
                assert (answer.status, answer.content_type, answer.read()) == (200, "text/plain", b"content")
        assert server.connections == 1


def test_pieces_as_they_come(web: WebClient) -> None:
    more = threading.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
        await asyncio.to_thread(more.wait)
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    with serving(script) as server, web.ask(get(server.authority)) as answer:
        pieces = answer.pieces()
        assert next(pieces) == b"one"
        more.set()
        assert list(pieces) == [b"two"]


def test_redirects_are_not_followed(web: WebClient) -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n"
    with serving(answering(moved)) as server, web.ask(get(server.authority)) as answer:
        assert answer.status == 302


async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await head_of(reader)
    writer.write(b"220 smtp.example.com\r\n\r\n")


async def hanging_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await head_of(reader)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (silent, "it kept silent for 0.05 s"),
        (nonsense, "what it answers is not HTTP"),
        (hanging_up, "it hung up"),
    ],
)
def test_failures(script, said: str, web: WebClient) -> None:
    with (
        serving(script) as server,
        pytest.raises(WebFailure) as raised,
        web.ask(get(server.authority, silence_s=0.05 if script is silent else 30.0)),
    ):
        pass
    assert str(raised.value) == said


def test_nobody_there(web: WebClient) -> None:
    with serving(silent) as server:
        authority = server.authority
    with pytest.raises(WebFailure, match="nobody answers there"), web.ask(get(authority)):
        pass


def test_an_answer_without_end(web: WebClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 1 << 20)
    with (
        serving(answering(ok(bytes(2 << 20)))) as server,
        web.ask(get(server.authority)) as answer,
        pytest.raises(WebFailure, match="longer than 1 MiB"),
    ):
        answer.read()


def test_interrupted_before_while_waiting_and_while_reading(web: WebClient) -> None:
    gone = Cancellation()
    gone.cancel()
    with serving(silent) as server:
        with pytest.raises(Interrupted), web.ask(get(server.authority), gone):
            pass
        leaving = Cancellation()
        threading.Timer(0.05, leaving.cancel).start()
        with pytest.raises(Interrupted), web.ask(get(server.authority), Cancellation(), leaving):
            pass
    with serving(answering(ok(b"x")[:-1])) as server:
        reading = Cancellation()
        with web.ask(get(server.authority), reading) as answer:
            threading.Timer(0.05, reading.cancel).start()
            with pytest.raises(Interrupted):
                answer.read()


def test_closing_ends_every_question() -> None:
    web = WebClient()
    ended: list[BaseException] = []
    with serving(silent) as server:

        def ask() -> None:
            try:
                with web.ask(get(server.authority)):
                    pass
            except Interrupted as e:
                ended.append(e)

        threads = [threading.Thread(target=ask) for _ in range(5)]
        for thread in threads:
            thread.start()
        while server.connections < 5:
            threading.Event().wait(0.005)
        web.close()
        for thread in threads:
            thread.join()
    assert len(ended) == 5
    with pytest.raises(Interrupted), web.ask(get("127.0.0.1:9")):
        pass
    web.close()


def test_closing_while_others_begin_to_ask() -> None:
    with serving(answering(ok(b"x"))) as server:
        for _ in range(10):
            web = WebClient()
            interrupted = threading.Semaphore(0)

            def ask(web: WebClient = web, interrupted: threading.Semaphore = interrupted) -> None:
                try:
                    while True:
                        with web.ask(get(server.authority)) as answer:
                            answer.read()
                except (Interrupted, WebFailure):
                    interrupted.release()

            threads = [threading.Thread(target=ask, daemon=True) for _ in range(6)]
            for thread in threads:
                thread.start()
            web.close()
            assert all(interrupted.acquire(timeout=20) for _ in threads)


def test_nothing_secret_is_shown() -> None:
    assert SECRET not in repr(Question("GET", "http://a/", {"authorization": SECRET}, b"hunter2"))
