"""A trigger asks a guest: the request as the guest sees it, and the answer in every case."""

import pytest

from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.incoming import Received, receive
from spinfer.factors.wasi_http.messages import BodyWriter, Request, Response, full_body
from spinfer.factors.wasi_http.received import Refused, Unanswered
from spinfer.factors.wasi_io.handles import Input, Output
from spinfer.factors.wasi_io.streams import Closed, Failed

REQUEST = Request("POST", "https", "example.com:8443", "/a?b=c", (("Host", b"x"), ("x-y", b"1")))


def asked(guest, request: Request = REQUEST) -> Received:
    return receive(guest.resources, request)


def answer_of(received: Received) -> object:
    answer = received.answer.peek()
    assert answer is not None
    return answer.value


def respond(guest, received: Received, headers=(), *, status: int = 200, body: bool = True) -> int | None:
    fields = guest.made("[static]fields.from-list", list(headers))
    response = guest.made("[constructor]outgoing-response", fields)
    assert guest("[method]outgoing-response.set-status-code", response, status) == Ok(None)
    rep = guest.made("[method]outgoing-response.body", response) if body else None
    guest("[static]response-outparam.set", received.response_out, Ok(response))
    return rep


def write(guest, body: int, data: bytes) -> object:
    """All at once, as `blocking-write-and-flush` does."""
    stream = guest.made("[method]outgoing-body.write", body)
    output = guest.resources.borrow(stream)
    assert isinstance(output, Output)
    output.check_write()
    end = output.write(data)
    guest.resources.drop(stream)
    return end


def test_the_request_as_the_guest_sees_it(guest) -> None:
    request = asked(guest).request
    assert guest("[method]incoming-request.method", request) == Case("post")
    assert guest("[method]incoming-request.scheme", request) == Some(Case("HTTPS"))
    assert guest("[method]incoming-request.authority", request) == Some("example.com:8443")
    assert guest("[method]incoming-request.path-with-query", request) == Some("/a?b=c")
    headers = guest.made("[method]incoming-request.headers", request)
    assert guest("[method]fields.entries", headers) == (("x-y", b"1"),)
    assert guest("[method]fields.append", headers, "a", b"b") == Err(Case("immutable"))


def test_headers_must_be_dropped_before_their_request(guest) -> None:
    request = asked(guest).request
    headers = guest.made("[method]incoming-request.headers", request)
    with pytest.raises(Trapped, match="children"):
        guest.resources.drop(request)
    guest.resources.drop(headers)
    guest.resources.drop(request)


def test_a_body_is_consumed_once_and_read_once(guest) -> None:
    request = asked(guest, Request("POST", "http", "a", "/", body=full_body(b"content"))).request
    body = guest.made("[method]incoming-request.consume", request)
    assert guest("[method]incoming-request.consume", request) == Err(None)
    guest.resources.drop(request)
    stream = guest.made("[method]incoming-body.stream", body)
    assert guest("[method]incoming-body.stream", body) == Err(None)
    handle = guest.resources.borrow(stream)
    assert isinstance(handle, Input)
    assert (handle.read(99), handle.read(99)) == (b"content", Closed())
    with pytest.raises(Trapped, match="children"):
        guest("[static]incoming-body.finish", body)
    guest.resources.drop(stream)
    trailers = guest.made("[static]incoming-body.finish", body)
    assert guest("[method]future-trailers.get", trailers) == Some(Ok(Ok(None)))
    assert guest("[method]future-trailers.get", trailers) == Some(Err(None))


def test_trailers_come_when_the_body_has_ended(guest) -> None:
    writer = BodyWriter()
    request = asked(guest, Request("POST", "http", "a", "/", body=writer.body)).request
    body = guest.made("[method]incoming-request.consume", request)
    trailers = guest.made("[static]incoming-body.finish", body)
    pollable = guest.resources.borrow(guest.made("[method]future-trailers.subscribe", trailers))
    assert guest("[method]future-trailers.get", trailers) is None
    assert not pollable.ready()
    writer.finish((("x-sum", b"7"), ("connection", b"close")))
    assert pollable.ready()
    found = guest("[method]future-trailers.get", trailers)
    fields = found.value.value.value.value
    assert guest("[method]fields.entries", fields) == (("x-sum", b"7"),)
    assert guest("[method]fields.delete", fields, "x-sum") == Err(Case("immutable"))


def test_a_body_that_breaks_off_tells_why(guest) -> None:
    writer = BodyWriter()
    request = asked(guest, Request("POST", "http", "a", "/", body=writer.body)).request
    body = guest.made("[method]incoming-request.consume", request)
    handle = guest.resources.borrow(guest.made("[method]incoming-body.stream", body))
    writer.pipe.writer.write(b"half")
    writer.abort(error_code.CONNECTION_TERMINATED)
    assert handle.read(99) == b"half"
    end = handle.read(99)
    assert isinstance(end, Failed)
    from spinfer.factors.wasi_io.handles import own_error

    error = own_error(guest.resources, end.error)
    assert guest("http-error-code", error) == Some(error_code.CONNECTION_TERMINATED)


def test_another_streams_error_has_no_http_code(guest) -> None:
    from spinfer.factors.wasi_io.error import StreamError
    from spinfer.factors.wasi_io.handles import own_error

    error = own_error(guest.resources, StreamError("no such file", "no-entry"))
    assert guest("http-error-code", error) is None


@pytest.mark.parametrize("consumed", [False, True])
def test_a_body_that_nobody_reads_is_let_go_of(guest, consumed: bool) -> None:
    writer = BodyWriter()
    request = asked(guest, Request("POST", "http", "a", "/", body=writer.body)).request
    if consumed:
        guest.resources.drop(guest.made("[method]incoming-request.consume", request))
    guest.resources.drop(request)
    assert writer.pipe.writer.check_write() == Closed()


def test_a_response_streams_on_after_it_is_set(guest) -> None:
    received = asked(guest)
    body = respond(guest, received, [("X-A", b"1")], status=201)
    answer = answer_of(received)
    assert isinstance(answer, Response)
    assert (answer.status, answer.headers) == (201, (("X-A", b"1"),))
    assert answer.body.stream.read(99) == b""
    assert not answer.body.ending.ready()
    assert write(guest, body, b"hello") is None
    assert answer.body.stream.read(99) == b"hello"
    trailers = guest.made("[static]fields.from-list", [("x-sum", b"7")])
    assert guest("[static]outgoing-body.finish", body, Some(trailers)) == Ok(None)
    assert answer.body.stream.read(99) == Closed()
    assert answer.body.ending.peek() == Some(Ok((("x-sum", b"7"),)))


def test_a_response_without_a_body_is_complete(guest) -> None:
    received = asked(guest)
    respond(guest, received, body=False)
    assert answer_of(received).body.stream.read(9) == Closed()
    assert answer_of(received).body.ending.peek() == Some(Ok(()))


def test_an_error_instead_of_a_response(guest) -> None:
    received = asked(guest)
    guest("[static]response-outparam.set", received.response_out, Err(error_code.LOOP_DETECTED))
    assert answer_of(received) == Refused(error_code.LOOP_DETECTED)


def test_no_answer_is_an_answer_too(guest) -> None:
    received = asked(guest)
    assert received.answer.peek() is None
    guest.resources.drop(received.response_out)
    assert answer_of(received) == Unanswered()


def test_an_instance_that_ends_answers_and_breaks_off_what_it_did_not_finish(guest) -> None:
    unanswered, begun = asked(guest), asked(guest)
    respond(guest, begun)
    guest.context.close()
    assert answer_of(unanswered) == Unanswered()
    body = answer_of(begun).body
    assert isinstance(body.stream.read(9), Failed)
    assert body.ending.peek() == Some(Err(error_code.RESPONSE_INCOMPLETE))


def test_an_outparam_is_set_once(guest) -> None:
    received = asked(guest)
    respond(guest, received)
    with pytest.raises(Trapped, match="unknown handle"):
        respond(guest, received)


def test_headers_must_be_dropped_before_their_response_is_set(guest) -> None:
    received = asked(guest)
    response = guest.made("[constructor]outgoing-response", guest.made("[constructor]fields"))
    headers = guest.made("[method]outgoing-response.headers", response)
    assert guest("[method]fields.append", headers, "a", b"b") == Err(Case("immutable"))
    with pytest.raises(Trapped, match="children"):
        guest("[static]response-outparam.set", received.response_out, Ok(response))


@pytest.mark.parametrize("status", [0, 99, 1000, 65535])
def test_a_status_that_there_is_not(guest, status: int) -> None:
    response = guest.made("[constructor]outgoing-response", guest.made("[constructor]fields"))
    assert guest("[method]outgoing-response.set-status-code", response, status) == Err(None)
    assert guest("[method]outgoing-response.status-code", response) == 200


def test_a_body_is_opened_once_and_written_once(guest) -> None:
    response = guest.made("[constructor]outgoing-response", guest.made("[constructor]fields"))
    body = guest.made("[method]outgoing-response.body", response)
    assert guest("[method]outgoing-response.body", response) == Err(None)
    stream = guest.made("[method]outgoing-body.write", body)
    assert guest("[method]outgoing-body.write", body) == Err(None)
    with pytest.raises(Trapped, match="children"):
        guest("[static]outgoing-body.finish", body, None)
    guest.resources.drop(stream)
    assert guest("[static]outgoing-body.finish", body, None) == Ok(None)


def test_whoever_writes_a_response_that_goes_nowhere_is_not_kept_waiting(guest) -> None:
    response = guest.made("[constructor]outgoing-response", guest.made("[constructor]fields"))
    body = guest.made("[method]outgoing-response.body", response)
    guest.resources.drop(response)
    output = guest.resources.borrow(guest.made("[method]outgoing-body.write", body))
    assert output.check_write() == Closed()


@pytest.mark.parametrize(
    ("promised", "content", "finished"),
    [
        (b"5", b"hello", Ok(None)),
        (b"5", b"hell", Err(error_code.response_body_size(4))),
        (b"5", b"", Err(error_code.response_body_size(0))),
        (b"0", b"", Ok(None)),
    ],
)
def test_a_content_length_is_kept(guest, promised: bytes, content: bytes, finished: object) -> None:
    received = asked(guest)
    body = respond(guest, received, [("content-length", promised)])
    if content:
        assert write(guest, body, content) is None
    assert guest("[static]outgoing-body.finish", body, None) == finished
    ending = answer_of(received).body.ending.peek()
    assert ending == Some(Ok(()) if isinstance(finished, Ok) else finished)


def test_more_than_the_content_length_breaks_off(guest) -> None:
    received = asked(guest)
    body = respond(guest, received, [("Content-Length", b"3")])
    end = write(guest, body, b"hello")
    assert isinstance(end, Failed)
    assert end.error.cause.code == error_code.response_body_size(5)
    assert guest("[static]outgoing-body.finish", body, None) == Err(error_code.response_body_size(5))
    assert isinstance(answer_of(received).body.stream.read(9), Failed)


def test_a_content_length_that_is_none_has_no_body(guest) -> None:
    fields = guest.made("[static]fields.from-list", [("content-length", b"many")])
    response = guest.made("[constructor]outgoing-response", fields)
    assert guest("[method]outgoing-response.body", response) == Err(None)


def test_fields_are_refused_as_wit_has_it(guest) -> None:
    assert guest("[static]fields.from-list", [("a b", b"")]) == Err(Case("invalid-syntax"))
    assert guest("[static]fields.from-list", [("host", b"a")]) == Err(Case("forbidden"))
    fields = guest.made("[constructor]fields")
    assert guest("[method]fields.set", fields, "a", [b"1", b"2"]) == Ok(None)
    assert guest("[method]fields.append", fields, "a", b"x\r\ny") == Err(Case("invalid-syntax"))
    assert guest("[method]fields.get", fields, "A") == [b"1", b"2"]
    assert guest("[method]fields.has", fields, "b") is False
    clone = guest.made("[method]fields.clone", fields)
    assert guest("[method]fields.delete", clone, "a") == Ok(None)
    assert guest("[method]fields.entries", fields) == (("a", b"1"), ("a", b"2"))
