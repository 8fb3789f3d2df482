"""The client against servers by script: what reaches the wire, streaming, pooling, every way to fail."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator

import pytest

from fakes.http_servers import answering, answering_once, head_of, ok, serving, shaking_hands, silent
from spinfer.bindings.values import Case, Err, Ok
from spinfer.factors.outbound_http.client import ClientConfig, HttpClient
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.error_code import HttpError, dns_error
from spinfer.factors.wasi_http.messages import BodyWriter, Request, Response, full_body
from spinfer.factors.wasi_http.sending import Sending, Timeouts
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.factors.wasi_io.streams import Closed, Failed, InputStream
from spinfer.inference.cancellation import Cancellation

PATIENT = Timeouts(20, 20, 20)


@pytest.fixture
def client() -> Iterator[HttpClient]:
    with HttpClient() as client:
        yield client
    assert not [thread for thread in threading.enumerate() if thread.name == "spinfer-outbound-http"]


def to(authority: str, method: str = "GET", path: str = "/", **parts) -> Request:
    return Request(method, parts.pop("scheme", "http"), authority, path, **parts)


def outcome_of(sending: Sending) -> Ok[Response] | Err[Case]:
    wait_any([sending.outcome], Cancellation())
    outcome = sending.outcome.peek()
    assert outcome is not None
    return outcome.value


def response_to(client: HttpClient, request: Request, timeouts: Timeouts = PATIENT) -> Response:
    outcome = outcome_of(client.send(request, timeouts))
    assert isinstance(outcome, Ok), outcome
    return outcome.value


def failure_of(client: HttpClient, request: Request, timeouts: Timeouts = PATIENT) -> Case:
    outcome = outcome_of(client.send(request, timeouts))
    assert isinstance(outcome, Err), outcome
    return outcome.value


def read(stream: InputStream, most: int | None = None) -> tuple[bytes, Closed | Failed | None]:
    """All of it and how it ended, or the first `most` bytes."""
    content = b""
    while most is None or len(content) < most:
        wait_any([stream], Cancellation())
        match stream.read(1 << 20):
            case bytes() as piece:
                content += piece
            case end:
                return content, end
    return content, None


def noting(response: bytes):
    """Notes the whole of the one request that it answers, until the response is due."""

    async def script(reader, writer) -> None:
        head = await head_of(reader)
        received.append(head)
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
        if length:
            received.append(await reader.readexactly(int(length[0].split()[1])))
        writer.write(response)
        await writer.drain()

    received: list[bytes] = []
    return script, received


def test_what_reaches_the_wire_is_what_the_guest_wrote(client) -> None:
    script, received = noting(ok(b"hello", "X-Two: 1", "x-two: 2", "Content-Encoding: gzip"))
    with serving(script) as server:
        request = to(
            server.authority,
            path="/a/../b//%7e?x=%zz&y={z}",
            headers=(("X-One", b"1"), ("x-one", "é".encode())),
        )
        response = response_to(client, request)
        assert response.status == 200
        assert response.headers == (
            ("X-Two", b"1"), ("x-two", b"2"), ("Content-Encoding", b"gzip"), ("content-length", b"5"),
        )  # fmt: skip
        assert read(response.body.stream) == (b"hello", Closed())
        assert response.body.ending.peek().value == Ok(())
    head = received[0].decode()
    assert head.split("\r\n")[0] == "GET /a/../b//%7e?x=%zz&y={z} HTTP/1.1"
    assert sorted(head.split("\r\n")[1:-2]) == [f"Host: {server.authority}", "X-One: 1", "X-One: é"]


@pytest.mark.parametrize(
    ("method", "content", "lines"),
    [
        ("GET", b"", []),
        ("HEAD", b"", []),
        ("POST", b"", ["content-length: 0"]),
        ("POST", b"abc", ["content-length: 3"]),
        ("DELETE", b"abc", ["content-length: 3"]),
        ("PURGE", b"abc", ["content-length: 3"]),
    ],
)
def test_a_short_body_is_sent_with_its_length(client, method: str, content: bytes, lines: list[str]) -> None:
    script, received = noting(ok())
    with serving(script) as server:
        response_to(client, to(server.authority, method, body=full_body(content)))
    sent = received[0].decode().lower().split("\r\n")[2:-2]
    assert sent == lines
    assert b"".join(received[1:]) == content


def test_both_ways_stream_at_once(client) -> None:
    """An echo: each piece comes back before the next one is sent."""

    async def script(reader, writer) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while length := int(await reader.readline(), 16):
            piece = await reader.readexactly(length + 2)
            writer.write(b"%x\r\n%s" % (length, piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    with serving(script) as server:
        body = BodyWriter()
        sending = client.send(to(server.authority, "POST", body=body.body), PATIENT)
        response = outcome_of(sending).value
        for piece in (b"one", b"two", b"x" * 50_000):
            body.pipe.writer.write(piece)
            assert read(response.body.stream, len(piece)) == (piece, None)
        body.finish()
        assert read(response.body.stream) == (b"", Closed())


def test_a_slow_reader_does_not_fill_memory(client) -> None:
    sent = 0

    async def script(reader, writer) -> None:
        nonlocal sent
        await head_of(reader)
        writer.transport.set_write_buffer_limits(high=0)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(1 << 20))
            await writer.drain()
            sent += 1 << 20

    with serving(script) as server:
        response = response_to(client, to(server.authority))
        assert len(read(response.body.stream, 1 << 20)[0]) >= 1 << 20
        before = sent
        for _ in range(20):  # what the kernel's buffers hold still goes; after that nothing may
            threading.Event().wait(0.01)
        assert sent - before < 16 << 20
        response.body.discard()


def test_a_body_that_nobody_reads_ends_its_connection(client) -> None:
    gone = threading.Event()

    async def script(reader, writer) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        await reader.read()
        gone.set()

    with serving(script) as server:
        response = response_to(client, to(server.authority))
        assert read(response.body.stream, 4) == (b"half", None)
        response.body.discard()
        assert gone.wait(30)
        wait_any([response.body.ending], Cancellation())
        assert response.body.ending.peek().value == Err(error_code.CONNECTION_TERMINATED)


def test_a_request_that_is_called_off_ends_its_connection(client) -> None:
    came, gone = threading.Event(), threading.Event()

    async def script(reader, writer) -> None:
        await head_of(reader)
        came.set()
        await reader.read()
        gone.set()

    with serving(script) as server:
        body = full_body(b"")
        sending = client.send(to(server.authority, body=body), PATIENT)
        assert came.wait(30)
        sending.cancel()
        assert gone.wait(30)
        assert outcome_of(sending) == Err(error_code.CONNECTION_TERMINATED)


def test_a_request_that_breaks_off_is_not_taken_for_whole(client) -> None:
    received = b""
    gone = threading.Event()

    async def script(reader, writer) -> None:
        nonlocal received
        try:
            while piece := await reader.read(65536):
                received += piece
        finally:
            gone.set()

    with serving(script) as server:
        body = BodyWriter()
        sending = client.send(to(server.authority, "POST", body=body.body), PATIENT)
        body.pipe.writer.write(bytes(80_000))
        wait_any([body.pipe.writer], Cancellation())
        body.abort(error_code.request_body_size(7))
        assert outcome_of(sending) == Err(error_code.request_body_size(7))
        assert gone.wait(30)
    assert b"transfer-encoding: chunked" in received.lower()
    assert not received.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("promised", [b"5", b"2", b"x"])
def test_a_body_must_be_as_long_as_promised(client, promised: bytes) -> None:
    with serving(silent) as server:
        request = to(
            server.authority, "POST", headers=(("content-length", promised),), body=full_body(b"abc")
        )
        assert failure_of(client, request) == error_code.request_body_size(3)
        assert server.connections == 0


def test_connections_are_used_again(client) -> None:
    with serving(answering(ok(b"a"))) as server:
        for _ in range(5):
            assert read(response_to(client, to(server.authority)).body.stream)[0] == b"a"
        assert server.connections == 1


def test_connections_are_not_used_again_without_pooling() -> None:
    with serving(answering(ok(b"a"))) as server, HttpClient(ClientConfig(connection_pooling=False)) as client:
        for _ in range(3):
            assert read(response_to(client, to(server.authority)).body.stream)[0] == b"a"
        assert server.connections == 3


def test_no_more_connections_than_allowed() -> None:
    with serving(silent) as server, HttpClient(ClientConfig(max_connections=1)) as client:
        first = client.send(to(server.authority), PATIENT)
        late = failure_of(client, to(server.authority), Timeouts(0.05, 20, 20))
        assert late == error_code.CONNECTION_LIMIT_REACHED
        first.cancel()
        assert server.connections <= 1


def test_nobody_listens(client) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        code = failure_of(client, to(f"127.0.0.1:{deaf.getsockname()[1]}"))
    assert code == error_code.CONNECTION_REFUSED


def test_a_name_that_there_is_not(client, monkeypatch) -> None:
    def getaddrinfo(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert failure_of(client, to("nowhere.invalid")) == dns_error("NXDOMAIN")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", error_code.CONNECTION_TERMINATED),
        (b"HTTP/1.1 200", error_code.CONNECTION_TERMINATED),
        (b"220 smtp.example.com\r\n\r\n", error_code.PROTOCOL_ERROR),
        (b"HTTP/1.1 abc\r\n\r\n", error_code.PROTOCOL_ERROR),
        (ok(b"", f"x: {'y' * 70_000}"), error_code.RESPONSE_HEADER_SECTION_SIZE),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", error_code.PROTOCOL_ERROR),
    ],
)
def test_what_is_no_answer(client, answer: bytes, code: Case) -> None:
    with serving(answering_once(answer)) as server:
        assert failure_of(client, to(server.authority, "POST")) == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", error_code.RESPONSE_INCOMPLETE),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            error_code.RESPONSE_INCOMPLETE,
        ),
    ],
)
def test_a_body_that_breaks_off(client, answer: bytes, code: Case) -> None:
    with serving(answering_once(answer)) as server:
        response = response_to(client, to(server.authority))
        content, end = read(response.body.stream)
        assert content == b"half"
        assert isinstance(end, Failed)
        assert end.error.cause.code == code
        assert response.body.ending.peek().value == Err(code)


def test_a_long_header(client) -> None:
    with serving(answering_once(ok(b"", f"x: {'y' * 60_000}"))) as server:
        assert len(response_to(client, to(server.authority)).headers[0][1]) == 60_000


def test_a_body_without_a_length_ends_with_its_connection(client) -> None:
    with serving(answering_once(b"HTTP/1.1 200 OK\r\n\r\nall of it")) as server:
        response = response_to(client, to(server.authority))
        assert read(response.body.stream) == (b"all of it", Closed())


def test_a_redirect_is_the_guests_to_follow(client) -> None:
    answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    with serving(answering(answer)) as server:
        response = response_to(client, to(server.authority))
        assert (response.status, response.headers[0]) == (302, ("location", b"http://127.0.0.1:1/"))


def test_no_head_in_time(client) -> None:
    with serving(silent) as server:
        late = failure_of(client, to(server.authority), Timeouts(20, 0.05, 20))
        assert late == error_code.CONNECTION_READ_TIMEOUT


def test_no_piece_in_time(client) -> None:
    async def script(reader, writer) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")
        await reader.read()

    with serving(script) as server:
        response = response_to(client, to(server.authority), Timeouts(20, 20, 0.05))
        content, end = read(response.body.stream)
        assert (content, end.error.cause.code) == (b"half", error_code.CONNECTION_READ_TIMEOUT)


def test_no_name_in_time(client, monkeypatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answered.wait(20) and [])
    late = failure_of(client, to("slow.invalid"), Timeouts(0.05, 20, 20))
    answered.set()
    assert late == error_code.DNS_TIMEOUT


def test_no_connection_in_time(client) -> None:
    """A listener that accepts nothing: once its backlog is full, connecting hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        late = failure_of(client, to(f"127.0.0.1:{port}"), Timeouts(0.05, 20, 20))
        for filler in fillers:
            filler.close()
    assert late == error_code.CONNECTION_TIMEOUT


def test_no_tls_there(client) -> None:
    async def script(reader, writer) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(script) as server:
        assert failure_of(client, to(server.authority, scheme="https")) == error_code.TLS_PROTOCOL_ERROR


@pytest.mark.parametrize("host", ["localhost", "0x7f.1"])
def test_a_name_must_not_lead_into_a_blocked_network(host: str) -> None:
    config = ClientConfig(blocked=BlockedNetworks.parse(["private"]))
    with serving(answering(ok())) as server, HttpClient(config) as client:
        code = failure_of(client, to(f"{host}:{server.port}"))
        assert code == error_code.DESTINATION_IP_PROHIBITED
        assert server.connections == 0


@pytest.mark.parametrize("target", ["*", ""])
def test_a_target_that_is_not_sent(client, target: str) -> None:
    assert failure_of(client, to("127.0.0.1:1", "OPTIONS", target)) == error_code.REQUEST_URI_INVALID


def test_a_header_that_is_not_text(client) -> None:
    code = failure_of(client, to("127.0.0.1:1", headers=(("x", b"\xff"),)))
    assert code.name == "internal-error"


def test_closing_ends_what_is_under_way() -> None:
    with serving(silent) as server:
        client = HttpClient()
        sending = client.send(to(server.authority), PATIENT)
        client.close()
        client.close()
        assert outcome_of(sending) == Err(error_code.CONNECTION_TERMINATED)
        sending.cancel()
        with pytest.raises(HttpError):
            client.send(to(server.authority), PATIENT)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_that_nobody_signed(client, tmp_path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(["openssl", "req", "-x509", *curve, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with shaking_hands(context) as authority:
        code = failure_of(client, to(authority, scheme="https"))
    assert code == error_code.TLS_CERTIFICATE_ERROR
