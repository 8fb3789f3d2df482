"""Clients that mean harm, or behave as if: what they get, and that nobody else notices."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from spinfer.errors import Cancelled
from spinfer.triggers.http import app, connection
from spinfer.triggers.http.answers import Answer
from spinfer.triggers.http.exchange import Exchange
from triggers.http.conftest import FAR, Serve, Served, saying, serving

GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
GIB = 1 << 30


@pytest.fixture(scope="module")
def reached() -> Iterator[Served]:
    with serving({"/...": saying(b"reached")}) as served:
        yield served


def received(client: socket.socket) -> bytes:
    """All that comes until the connection ends, which it has to."""
    client.settimeout(FAR)
    parts = []
    with suppress(ConnectionError):
        while piece := client.recv(65536):
            parts.append(piece)
    client.close()
    return b"".join(parts)


def leave(client: socket.socket, *, reset: bool) -> None:
    """In order, or by breaking off."""
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def waiting(running: threading.Event, cancelled: threading.Event):
    """A guest that reads nothing and answers nothing, until it is cancelled."""

    def answer(exchange: Exchange) -> None:
        running.set()
        with exchange.cancellation.listening(cancelled.set):
            assert cancelled.wait(FAR)
        raise Cancelled

    return answer


@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
def test_who_leaves_in_the_middle_of_a_body_that_nobody_reads(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, reset: bool
) -> None:
    monkeypatch.setattr(connection, "HANGUP_CHECK_S", 0.02)
    running, cancelled = threading.Event(), threading.Event()
    served = serve({"/": waiting(running, cancelled)})
    client = served.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
    client.sendall(bytes(600_000))  # more than the host takes, and no more than the system holds for it
    assert running.wait(FAR)
    assert not cancelled.wait(0.1)
    leave(client, reset=reset)
    assert cancelled.wait(FAR)


@pytest.mark.parametrize("reset", [False, True], ids=["close", "reset"])
def test_nothing_is_kept_of_who_leaves_with_an_answer(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, reset: bool
) -> None:
    made: list[weakref.ref[connection.Connection]] = []
    begin = connection.Connection.connection_made

    def noted(self: connection.Connection, transport: asyncio.Transport) -> None:
        made.append(weakref.ref(self))
        begin(self, transport)

    monkeypatch.setattr(connection.Connection, "connection_made", noted)
    client = serve({"/": Answer(200, body=b"hello")}).raw(GET)
    assert answered(client)
    leave(client, reset=reset)
    until(lambda: gc.collect() >= 0 and made[0]() is None)


def test_a_gibibyte_for_a_guest_that_reads_none_of_it(serve: Serve) -> None:
    served = serve({"/": saying(b"enough"), "/other": saying(b"alive")})
    before = resident_bytes()
    client = served.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % GIB)
    piece = bytes(4 << 20)
    for _ in range(GIB // len(piece)):
        client.sendall(piece)
    assert b"200 OK" in client.recv(1000)
    assert served.ask("/other")[2] == b"alive"
    client.sendall(GET)
    assert b"200 OK" in client.recv(1000), "the connection is whole"
    client.close()
    assert resident_bytes() - before < 64 << 20


def test_a_body_that_goes_on_after_the_answer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINGER_S", 0.05)
    served = serve({"/": saying(b"enough")})
    answer = received(served.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf"))
    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "sent",
    [
        CHUNKED + b"1\r\nx\r\n0\r\n" + b"x: y\r\n" * 500_000,
        CHUNKED + b"1\r\nx\r\n0\r\nx: " + b"y" * 3_000_000,
        CHUNKED + b"1;" + b"x" * 3_000_000,
        CHUNKED + b"f" * 3_000_000,
    ],
    ids=["trailers", "a trailer", "an extension", "a size"],
)
def test_too_much_that_is_no_body(serve: Serve, sent: bytes) -> None:
    running, cancelled = threading.Event(), threading.Event()
    served = serve({"/": waiting(running, cancelled), "/other": saying(b"alive")})
    client = socket.create_connection(("127.0.0.1", served.port), timeout=FAR)
    with suppress(ConnectionError):
        client.sendall(sent)
    assert received(client)[:12] in (b"HTTP/1.1 400", b"")
    assert served.ask("/other")[2] == b"alive"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n", b"200"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", b"200"),
        (b"GET http://b/ HTTP/1.1\r\nhost: a\r\n\r\n", b"200"),
        (b"GET //a//../%2e%2e/etc HTTP/1.1\r\nhost: a\r\n\r\n", b"200"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
        (b"CONNECT b:443 HTTP/1.1\r\nhost: b:443\r\n\r\n", b"400"),
        (b"OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", b"200"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx : a\r\n\r\n", b"400"),
        (b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\nhost: a\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
    ids=lambda value: value[:60].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_odd_requests(reached: Served, sent: bytes, status: bytes) -> None:
    client = reached.raw(sent)
    assert client.recv(1000).startswith(b"HTTP/1.1 " + status)
    client.close()
    assert reached.ask()[2] == b"reached"


@pytest.mark.parametrize("path", ["/open/../secret", "/open/%2e%2e/secret", "//open//..//secret"])
def test_no_path_leads_out_of_its_route(serve: Serve, path: str) -> None:
    def answer(exchange: Exchange) -> None:
        saying(exchange.request.path_with_query.encode())(exchange)

    served = serve({"/open/...": answer, "/secret": saying(b"secret")})
    assert served.ask(path)[2].decode() == path, "as it was sent: nobody resolves it"


def test_ten_thousand_requests_in_a_row_without_waiting_for_an_answer(serve: Serve) -> None:
    served = serve({"/": Answer(200, body=b"x"), "/other": saying(b"alive")})
    client = served.raw(b"")
    sending = threading.Thread(target=client.sendall, args=(GET * 10_000,))
    sending.start()
    answers = b""
    while answers.count(b"200 OK") < 10_000:
        answers += client.recv(1 << 20) or pytest.fail("it hung up")
    client.close()
    sending.join(FAR)
    assert served.ask("/other")[2] == b"alive"


def test_a_body_by_drops(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BODY_IDLE_S", 0.2)
    seen: list[str] = []

    def answer(exchange: Exchange) -> None:
        with suppress(Cancelled):
            read_all(exchange)
        saying(b"broken off", 400)(exchange)
        seen.append("answered")

    served = serve({"/": answer})
    client = served.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n")
    end = time.monotonic() + FAR
    while not seen:
        assert time.monotonic() < end, "each drop buys it more time"
        with suppress(ConnectionError):
            client.send(b".")
        time.sleep(0.02)
    assert client.recv(100).startswith(b"HTTP/1.1 400")
    client.close()


class TestOneTooMany:
    """More connections than there may be."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "MAX_CONNECTIONS", 3)

    def test_whoever_waits_longest_makes_room(self, serve: Serve) -> None:
        served = serve({"/": Answer(200, body=b"hello")})
        idle = [served.raw(b"GET / HT"), served.raw(GET), served.raw(GET)]
        assert all(answered(client) for client in idle[1:])
        assert served.ask()[2] == b"hello"
        assert received(idle[0]) == b""
        for client in idle[1:]:
            client.sendall(GET)
            assert answered(client), "the others are left alone"
            client.close()

    def test_where_all_are_busy_it_is_told_to_come_again(self, serve: Serve) -> None:
        running, cancelled = threading.Event(), threading.Event()
        served = serve({"/": waiting(running, cancelled)})
        busy = [served.raw(GET) for _ in range(3)]
        until(lambda: "3 of 4" in repr(served.threads))
        answer = received(served.raw(GET))
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1\r\n" in answer
        assert not cancelled.is_set()
        for client in busy:
            client.close()
        assert cancelled.wait(FAR)

    def test_no_more_than_the_system_allows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connection, "MAX_CONNECTIONS", 10_000)
        monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 4096))
        assert connection.most_connections() == 1024 - connection.RESERVED_FILES


def answered(client: socket.socket) -> bool:
    """Whether a whole answer comes that says hello."""
    answer = b""
    while not answer.endswith(b"hello"):
        answer += client.recv(1000) or b"the end, not hello"
    return answer.startswith(b"HTTP/1.1 200")


def read_all(exchange: Exchange) -> bytes:
    """As in the tests of well-behaved clients: raises Cancelled where the body breaks off."""
    from triggers.http.test_server import read_all as read

    return read(exchange)


def until(condition) -> None:
    end = time.monotonic() + FAR
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.005)


def resident_bytes() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) << 10
