"""Requests and responses over real sockets, with guests that are Python functions."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from spinfer.bindings.traps import Exited
from spinfer.bindings.values import Case, Ok, Some
from spinfer.errors import Cancelled, GuestTrap
from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.factors.wasi_io.streams import Closed, Failed
from spinfer.triggers.http import app, connection, waiting
from spinfer.triggers.http.answers import Answer
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.server import Tls
from triggers.http.conftest import FAR, Serve, Served, saying, serving, streaming


@pytest.fixture(params=[False, True], ids=["listening", "handed over"])
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda routes, **options: stack.enter_context(
            serving(routes, handed_over=request.param, **options)
        )


def read_all(exchange: Exchange) -> bytes:
    """The request's body, as a guest reads it."""
    content = b""
    stream = exchange.request.body.stream
    while True:
        wait_any([stream], exchange.cancellation)
        match stream.read(65536):
            case bytes() as piece:
                content += piece
            case Closed():
                return content
            case Failed(error):
                raise Cancelled(error.text)


def write_all(exchange: Exchange, content: bytes, headers: tuple[tuple[str, bytes], ...] = ()) -> None:
    """A response of this content, written as fast as the client takes it."""
    writer, response = streaming(headers=headers)
    exchange.answer.keep(response)
    while content:
        wait_any([writer.pipe.writer], exchange.cancellation)
        room = writer.pipe.writer.check_write()
        if not isinstance(room, int):
            return
        writer.pipe.writer.write(content[:room])
        content = content[room:]
    writer.finish()


def test_a_guest_answers(serve: Serve) -> None:
    served = serve({"/hello/...": saying(b"Hello", 201, (("x-a", b"1"), ("X-B", b"2")))})
    status, headers, body = served.ask("/hello/you")
    assert (status, body) == (201, b"Hello")
    assert headers.pop("date").endswith("GMT")
    assert headers == {"x-a": "1", "x-b": "2", "transfer-encoding": "chunked"}


def test_an_empty_body_says_so(serve: Serve) -> None:
    served = serve({"/": saying(b"")})
    _, headers, _ = served.ask()
    assert headers.keys() == {"date", "content-length"}
    assert headers["content-length"] == "0"


@pytest.mark.parametrize("content", [b"", b"old" * 100_000])
def test_a_client_that_knows_no_chunks(serve: Serve, content: bytes) -> None:
    served = serve({"/": saying(content)})
    received = read_to_end(served.raw(b"GET / HTTP/1.0\r\nhost: a\r\n\r\n"))
    head, _, body = received.partition(b"\r\n\r\n")
    assert f"content-length: {len(content)}".encode() in head
    assert b"chunked" not in head
    assert body == content


def test_a_content_length_is_kept(serve: Serve) -> None:
    served = serve({"/": saying(b"Hello", headers=(("content-length", b"5"),))})
    _, headers, body = served.ask()
    assert (headers["content-length"], body) == ("5", b"Hello")
    assert "transfer-encoding" not in headers


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body(serve: Serve, status: int) -> None:
    served = serve({"/": saying(b"not sent", status)})
    connection = served.connect()
    for _ in range(2):  # on one connection: nothing of the body is left in it
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (status, b"")
    connection.close()


def test_head(serve: Serve) -> None:
    served = serve(
        {"/": saying(b"Hello", headers=(("content-length", b"5"),)), "/static": Answer(200, body=b"x")}
    )
    assert served.ask(method="HEAD")[1]["content-length"] == "5"
    assert served.ask("/static", method="HEAD")[1]["content-length"] == "1"


def test_what_needs_no_guest(serve: Serve) -> None:
    served = serve({"/static": Answer(418, (("x-tea", b"pot"),), b"short")})
    assert served.ask("/.well-known/spin/health")[::2] == (200, b"OK")
    assert served.ask("/.well-known/spin/info")[2] == b'{"name": "test-app", "version": "1.2.3"}'
    assert served.ask("/.well-known/spin/other")[::2] == (404, b"")
    status, headers, body = served.ask("/nowhere")
    assert (status, headers["content-length"], body) == (404, "0", b"")
    status, headers, body = served.ask("/static")
    assert (status, headers["x-tea"], body) == (418, "pot", b"short")


def test_well_known_routes_come_first(serve: Serve) -> None:
    served = serve({"/...": saying(b"guest")})
    assert served.ask("/.well-known/spin/health")[2] == b"OK"
    assert served.ask("/.well-known/spin/x")[0] == 404
    assert served.ask("/.well-known/other")[2] == b"guest"


def test_the_guest_sees_the_request(serve: Serve) -> None:
    seen: list[Exchange] = []
    served = serve({"/a/:b": lambda exchange: (seen.append(exchange), saying(b"")(exchange))})
    served.ask("/a/%20x?q=1&q=2", "PATCH", b"body", {"X-Some": "thing"})
    request = seen[0].request
    assert (request.method, request.scheme) == ("PATCH", "http")
    assert request.authority == f"127.0.0.1:{served.port}"
    assert request.path_with_query == "/a/%20x?q=1&q=2"
    headers = dict(request.headers)
    assert headers["x-some"] == b"thing"
    assert headers["spin-path-match-b"] == b"%20x"
    assert headers["spin-full-url"].decode() == f"http://127.0.0.1:{served.port}/a/%20x?q=1&q=2"


def test_one_connection_serves_many_requests(serve: Serve) -> None:
    served = serve({"/...": lambda exchange: saying(exchange.request.path_with_query.encode())(exchange)})
    connection = served.connect()
    for number in range(20):
        connection.request("GET", f"/{number}")
        assert connection.getresponse().read() == f"/{number}".encode()
    connection.close()


def test_bodies_stream_both_ways(serve: Serve) -> None:
    content = bytes(range(256)) * 8192  # 2 MiB, many times what a pipe holds
    served = serve({"/": lambda exchange: write_all(exchange, read_all(exchange))})
    status, _, body = served.ask("/", "POST", content)
    assert (status, hashlib.sha256(body).digest()) == (200, hashlib.sha256(content).digest())


def test_what_stands_behind_a_body(serve: Serve) -> None:
    endings: list[object] = []

    def answer(exchange: Exchange) -> None:
        saying(read_all(exchange))(exchange)
        endings.append(exchange.request.body.ending.peek())
        assert "x-sum" not in dict(exchange.request.headers)

    served = serve({"/": answer})
    head = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    client = served.raw(head + b"4\r\nbody\r\n0\r\nX-Sum: 1\r\n\r\n" + head + b"0\r\n\r\n")
    until(lambda: len(endings) == 2)
    client.close()
    assert endings == [Some(Ok((("x-sum", b"1"),))), Some(Ok(()))]


@pytest.mark.parametrize("content", [b"", b"body"])
@pytest.mark.parametrize(
    ("sent", "length", "received"),
    [
        (b"TE: gzip, Trailers\r\n", False, b"0\r\nx-sum: 1\r\nx-two: a b\r\n\r\n"),
        (b"TE: trailers\r\n", True, b""),  # it has no chunks
        (b"TE: gzip\r\n", False, b"0\r\n\r\n"),
        (b"", False, b"0\r\n\r\n"),
    ],
)
def test_what_a_guest_puts_behind_its_body(
    serve: Serve, content: bytes, sent: bytes, length: bool, received: bytes
) -> None:
    lengths = (("content-length", b"%d" % len(content)),) if length else ()

    def answer(exchange: Exchange) -> None:
        writer, response = streaming(headers=lengths)
        writer.pipe.writer.write(content)
        behind = (("X-Sum", b"1"), ("x-two", b"a b"), ("content-length", b"1"), ("x-three", b"a\r\nb"))
        writer.finish(behind)
        exchange.answer.keep(response)

    served = serve({"/": answer})
    request = b"GET / HTTP/1.1\r\nhost: a\r\n" + sent
    with served.raw(request + b"\r\n" + request + b"connection: close\r\n\r\n") as client:
        answers = read_to_end(client).split(b"HTTP/1.1 200 OK\r\n")[1:]
    for answered in answers:
        head, _, body = answered.partition(b"\r\n\r\n")
        if b"transfer-encoding: chunked" in head:
            assert body == (b"4\r\nbody\r\n" if content else b"") + received
        else:
            assert body == content
            assert length or (content == b"" and b"x-sum" not in received)
    assert len(answers) == 2


def test_a_piece_leaves_before_the_next_is_written(serve: Serve) -> None:
    go_on = threading.Event()

    def answer(exchange: Exchange) -> None:
        writer, response = streaming()
        exchange.answer.keep(response)
        writer.pipe.writer.write(b"first")
        assert go_on.wait(FAR)
        writer.pipe.writer.write(b"second")
        writer.finish()

    served = serve({"/": answer})
    connection = served.connect()
    connection.request("GET", "/")
    response = connection.getresponse()
    assert response.read1(100) == b"first"
    go_on.set()
    assert response.read() == b"second"
    connection.close()


def test_a_head_leaves_while_the_body_makes_itself_wait(serve: Serve) -> None:
    go_on = threading.Event()

    def answer(exchange: Exchange) -> None:
        writer, response = streaming(202)
        exchange.answer.keep(response)
        assert go_on.wait(FAR)
        writer.finish()

    served = serve({"/": answer})
    connection = served.connect()
    connection.request("GET", "/")
    assert connection.getresponse().status == 202
    go_on.set()
    connection.close()


def test_a_slow_client_holds_the_guest_back(serve: Serve) -> None:
    written = 0
    full = threading.Event()
    ended = threading.Event()

    def answer(exchange: Exchange) -> None:
        nonlocal written
        writer, response = streaming()
        exchange.answer.keep(response)
        try:
            while True:
                if writer.pipe.writer.check_write() == 0:
                    full.set()
                wait_any([writer.pipe.writer], exchange.cancellation)
                writer.pipe.writer.write(bytes(65536))
                written += 65536
        finally:
            ended.set()

    served = serve({"/": answer})
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert full.wait(FAR)
    before = None
    while written != before:
        before = written
        assert not ended.wait(0.2)
        assert written < 64 << 20, "the kernel's buffers fill, and then nothing moves"
    client.close()
    assert ended.wait(FAR), "the client is gone: so is the guest"


def test_a_guest_that_reads_nothing_holds_the_client_back(serve: Serve) -> None:
    release = threading.Event()

    def answer(exchange: Exchange) -> None:
        assert release.wait(FAR)
        saying(b"enough")(exchange)

    served = serve({"/": answer, "/other": saying(b"alive")})
    client = served.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n")
    client.setblocking(False)
    sent = 0
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 0.3:
        try:
            sent += client.send(bytes(1 << 20))
            quiet_since = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    assert sent < 64 << 20
    assert served.ask("/other")[2] == b"alive", "the event loop is free meanwhile"
    release.set()
    client.settimeout(FAR)
    assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
    client.close()


def test_a_client_that_goes_away_cancels_its_guest(serve: Serve) -> None:
    running, cancelled = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> None:
        running.set()
        with exchange.cancellation.listening(cancelled.set):
            assert cancelled.wait(FAR)
        raise Cancelled("as a model does")

    served = serve({"/": answer})
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert running.wait(FAR)
    client.close()
    assert cancelled.wait(FAR)


def test_a_client_that_goes_away_in_the_queue_frees_its_place(serve: Serve) -> None:
    release = threading.Event()
    calls: list[str] = []

    def answer(exchange: Exchange) -> None:
        calls.append(exchange.request.path_with_query)
        assert release.wait(FAR)
        saying(b"done")(exchange)

    served = serve({"/...": answer}, threads=1, queue=1)
    first = served.raw(b"GET /first HTTP/1.1\r\nhost: a\r\n\r\n")
    until(lambda: calls == ["/first"])
    second = served.raw(b"GET /second HTTP/1.1\r\nhost: a\r\n\r\n")
    until(lambda: "1 waiting" in repr(served.threads))
    second.close()
    until(lambda: "0 waiting" in repr(served.threads))
    third = served.raw(b"GET /third HTTP/1.1\r\nhost: a\r\n\r\n")
    until(lambda: "1 waiting" in repr(served.threads))
    release.set()
    for client in (first, third):
        client.settimeout(FAR)
        assert client.recv(100).startswith(b"HTTP/1.1 200")
        client.close()
    assert calls == ["/first", "/third"]


def test_one_request_too_many_is_told_when_to_come_again(serve: Serve) -> None:
    release, running = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> None:
        running.set()
        assert release.wait(FAR)
        saying(b"done")(exchange)

    served = serve({"/": answer}, threads=1, queue=0)
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert running.wait(FAR)
    status, headers, body = served.ask()
    assert (status, headers["retry-after"], body) == (503, "1", b"")
    release.set()
    assert client.recv(100).startswith(b"HTTP/1.1 200")
    client.close()


def trapping(exchange: Exchange) -> None:
    raise GuestTrap("app", "wasi:http/incoming-handler@0.2.0#handle", "it divided by zero")


def trapping_after_its_response(exchange: Exchange) -> None:
    writer, response = streaming()
    exchange.answer.keep(response)
    writer.abort(Case("internal-error"))
    trapping(exchange)


def exiting(exchange: Exchange) -> None:
    raise Exited(3)


def breaking(exchange: Exchange) -> None:
    raise ZeroDivisionError("a mistake of ours")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (trapping, "it trapped in `wasi:http/incoming-handler@0.2.0#handle`: it divided by zero"),
        (trapping_after_its_response, "it divided by zero"),
        (exiting, "it ended itself with status 3"),
        (breaking, "a mistake of ours"),
        (saying(b"", 99), "status 99"),
        (saying(b"", 1000), "status 1000"),
        (saying(b"", headers=(("x", b"a\r\nset-cookie: b"),)), "header 'x' is not valid"),
        (saying(b"", headers=(("x y", b""),)), "header 'x y' is not valid"),
        (saying(b"", headers=(("content-length", b"-1"),)), "content-length"),
        (saying(b"", headers=(("content-length", b"1"), ("content-length", b"2"))), "content-length"),
    ],
)
def test_what_goes_wrong_is_an_empty_500_and_one_line(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, answer, said: str
) -> None:
    monkeypatch.setattr(waiting, "HOLD_HEAD_S", FAR)  # also where a thread is slow to break its body off
    served = serve({"/bad/...": answer})
    status, headers, body = served.ask("/bad/x")
    assert (status, headers.keys(), body) == (500, {"date", "content-length"}, b"")
    until(lambda: "0 of" in repr(served.threads))
    [record] = [r for r in caplog.records if r.levelno >= logging.WARNING]
    line = logging.Formatter().format(record)
    assert "component `app`, route `/bad/...`" in line
    assert said in line


@pytest.mark.parametrize("length", [b"5", b"20"])
def test_a_body_of_another_length_than_promised(serve: Serve, length: bytes) -> None:
    served = serve({"/": saying(b"0123456789", headers=(("content-length", length),))})
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
    received = read_to_end(client)
    assert received.endswith(b"\r\n\r\n" + b"0123456789"[: int(length)])


def test_a_response_that_breaks_off_is_seen_to(serve: Serve) -> None:
    def answer(exchange: Exchange) -> None:
        writer, response = streaming()
        exchange.answer.keep(response)
        writer.pipe.writer.write(b"half")
        writer.abort(Case("internal-error"))

    served = serve({"/": answer})
    received = read_to_end(served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"))
    assert b"4\r\nhalf\r\n" in received
    assert not received.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx y: z\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 1_000_000 + b"\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 200_000, b"431"),
        (b"GET /" + b"a" * 1_000_000, b"431"),
    ],
    ids=["no host", "two hosts", "bad host", "nonsense", "bad name", "smuggling", "long", "many", "path"],
)
def test_malformed_requests(serve: Serve, sent: bytes, answer: bytes) -> None:
    served = serve({"/...": saying(b"reached")})
    client = socket.create_connection(("127.0.0.1", served.port), timeout=FAR)
    with suppress(ConnectionError):  # refused before all was sent
        client.sendall(sent)
    try:
        received = client.recv(1000)
    except ConnectionError:
        received = b""
    assert received.startswith(b"HTTP/1.1 " + answer) or (answer == b"431" and received == b"")
    client.close()
    assert served.ask()[2] == b"reached"


def test_a_head_that_takes_too_long(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_S", 0.05)
    served = serve({"/": saying(b"reached")})
    assert read_to_end(served.raw(b"GET / HTTP/1.1\r\nho")).startswith(b"HTTP/1.1 408")
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_S", FAR)
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    until(lambda: b"reached" in client.recv(1000))
    monkeypatch.setattr(connection, "HEAD_TIMEOUT_S", 0.05)
    client.sendall(b"GET / HT")
    assert b"HTTP/1.1 408" in read_to_end(client)


def test_a_client_that_stops_in_the_middle_of_its_body(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BODY_IDLE_S", 0.05)
    seen: list[str] = []

    def answer(exchange: Exchange) -> None:
        try:
            read_all(exchange)
        except Cancelled as broken:
            seen.append(str(broken))
            saying(b"broken off", 400)(exchange)

    served = serve({"/": answer})
    client = served.raw(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
    assert client.recv(100).startswith(b"HTTP/1.1 400")
    client.close()
    assert "connection-read-timeout" in seen[0]


def test_a_client_that_takes_nothing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SEND_IDLE_S", 0.05)
    ended = threading.Event()

    def answer(exchange: Exchange) -> None:
        try:
            write_all(exchange, bytes(64 << 20))
        finally:
            ended.set()

    served = serve({"/": answer}, grace_s=0)
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert ended.wait(FAR), "the guest is free, though the client is still there"
    assert not read_to_end(client).endswith(b"0\r\n\r\n"), "the connection has ended, the response has not"


def test_a_client_that_takes_its_time(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up as long as it takes nothing, and no longer."""
    timers: list[asyncio.TimerHandle | None] = []
    full = threading.Event()
    pause = connection.Connection.pause_writing

    def paused(self: connection.Connection) -> None:
        pause(self)
        timers.append(self._stall_timer)
        full.set()

    monkeypatch.setattr(connection.Connection, "pause_writing", paused)
    served = serve({"/": lambda exchange: write_all(exchange, bytes(16 << 20)), "/next": saying(b"next")})
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert full.wait(FAR)
    received = b""
    while not received.endswith(b"\r\n0\r\n\r\n"):
        received = received[-8:] + (client.recv(1 << 20) or pytest.fail("it was hung up on"))
    assert served.ask("/next")[2] == b"next"
    assert all(timer is not None and timer.cancelled() for timer in timers)
    client.close()


def test_a_request_ends_within_the_grace_time(serve: Serve) -> None:
    running, release = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> None:
        running.set()
        assert release.wait(FAR)
        saying(b"in order")(exchange)

    served = serve({"/": answer})
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert running.wait(FAR)
    served.trigger.cancel()
    until(lambda: refused(served))
    release.set()
    received = read_to_end(client)
    assert b"in order" in received
    assert b"connection: close" in received or received.endswith(b"0\r\n\r\n")
    assert served.trigger.wait(FAR)


@pytest.mark.parametrize("times", [1, 2], ids=["grace over", "asked twice"])
def test_what_does_not_end_is_cancelled(serve: Serve, times: int) -> None:
    running, cancelled = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> None:
        running.set()
        with exchange.cancellation.listening(cancelled.set):
            assert cancelled.wait(FAR)
        raise Cancelled

    served = serve({"/": answer}, grace_s=1 if times == 1 else 1000)
    client = served.raw(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert running.wait(FAR)
    for _ in range(times):
        served.trigger.cancel()
    assert cancelled.wait(FAR)
    assert served.trigger.wait(FAR)
    client.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls(serve: Serve, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    schemes: list[str] = []

    def answer(exchange: Exchange) -> None:
        schemes.append(exchange.request.scheme)
        saying(b"in secret")(exchange)

    served = serve({"/": answer}, tls=Tls(certificate, key))
    trusting = ssl.create_default_context(cafile=str(certificate))
    client = http.client.HTTPSConnection("127.0.0.1", served.port, timeout=FAR, context=trusting)
    client.request("GET", "/")
    assert client.getresponse().read() == b"in secret"
    client.close()
    assert schemes == ["https"]


def refused(served: Served) -> bool:
    try:
        socket.create_connection(("127.0.0.1", served.port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def read_to_end(client: socket.socket) -> bytes:
    received = b""
    client.settimeout(FAR)
    try:
        while piece := client.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    client.close()
    return received


def until(condition) -> None:
    end = time.monotonic() + FAR
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.005)


def test_a_response_of_a_shared_constant_can_be_sent_twice(serve: Serve) -> None:
    served = serve({"/": lambda exchange: exchange.answer.keep(Response(200))})
    assert served.ask()[0] == served.ask()[0] == 200
