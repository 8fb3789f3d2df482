"""Requests that guests make: what may be set, what is sent, and the response in every case."""

import pytest

from spinfer.bindings.traps import Trapped
from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.messages import BodyWriter, Response
from spinfer.factors.wasi_http.sending import Timeouts
from spinfer.factors.wasi_io.pipe import BUDGET_BYTES
from spinfer.factors.wasi_io.streams import Closed


def made(guest, headers=()) -> int:
    return guest.made("[constructor]outgoing-request", guest.made("[static]fields.from-list", list(headers)))


def sent(guest, request: int | None = None, options: Some[int] | None = None) -> int:
    return guest.made("handle", made(guest) if request is None else request, options)


@pytest.mark.parametrize(
    ("what", "first", "good", "bad"),
    [
        ("method", Case("get"), Case("post"), Case("other", "a b")),
        ("path-with-query", None, Some("/a?b"), Some("/a b")),
        ("path-with-query", None, None, Some("a")),
        ("scheme", None, Some(Case("HTTP")), Some(Case("other", "1"))),
        ("authority", None, Some("a:80"), Some("a\r\nb")),
    ],
)
def test_setters_take_what_can_be_sent(guest, what: str, first: object, good: object, bad: object) -> None:
    request = made(guest)
    assert guest(f"[method]outgoing-request.{what}", request) == first
    assert guest(f"[method]outgoing-request.set-{what}", request, good) == Ok(None)
    assert guest(f"[method]outgoing-request.set-{what}", request, bad) == Err(None)
    assert guest(f"[method]outgoing-request.{what}", request) == good


def test_the_request_as_it_is_sent(guest, sender) -> None:
    request = made(guest, [("X-A", b"1")])
    guest("[method]outgoing-request.set-method", request, Case("other", "PURGE"))
    guest("[method]outgoing-request.set-scheme", request, Some(Case("HTTP")))
    guest("[method]outgoing-request.set-authority", request, Some("a:81"))
    guest("[method]outgoing-request.set-path-with-query", request, Some("?q"))
    sent(guest, request)
    [(component, message, timeouts)] = sender.sent
    assert component == "component"
    assert (message.method, message.scheme, message.authority) == ("PURGE", "http", "a:81")
    assert (message.path_with_query, message.headers) == ("/?q", (("X-A", b"1"),))
    assert message.body.stream.read(9) == Closed()
    assert timeouts == Timeouts()


def test_what_is_left_out(guest, sender) -> None:
    sent(guest)
    [(_, message, _)] = sender.sent
    assert (message.method, message.scheme, message.authority) == ("GET", "https", "")
    assert message.path_with_query == "/"


@pytest.mark.parametrize(
    ("what", "value", "code"),
    [
        ("scheme", Some(Case("other", "ftp")), error_code.REQUEST_URI_INVALID),
        ("method", Case("connect"), error_code.REQUEST_METHOD_INVALID),
    ],
)
def test_what_is_not_sent(guest, sender, what: str, value: object, code: Case) -> None:
    request = made(guest)
    guest(f"[method]outgoing-request.set-{what}", request, value)
    assert guest("handle", request, None) == Err(code)
    assert sender.sent == []


def test_a_refusal_is_the_guests_to_handle(guest, sender) -> None:
    sender.refusal = HttpError(error_code.REQUEST_DENIED)
    request = made(guest)
    body = guest.made("[method]outgoing-request.body", request)
    assert guest("handle", request, None) == Err(error_code.REQUEST_DENIED)
    output = guest.resources.borrow(guest.made("[method]outgoing-body.write", body))
    assert output.check_write() == Closed()


def test_options(guest, sender) -> None:
    options = guest.made("[constructor]request-options")
    for name in ("connect", "first-byte", "between-bytes"):
        assert guest(f"[method]request-options.{name}-timeout", options) is None
    guest("[method]request-options.set-connect-timeout", options, Some(2_500_000_000))
    guest("[method]request-options.set-between-bytes-timeout", options, Some(0))
    assert guest("[method]request-options.connect-timeout", options) == Some(2_500_000_000)
    sent(guest, options=Some(options))
    assert sender.sent[0][2] == Timeouts(2.5, Timeouts().first_byte_s, 0.0)


def test_headers_must_be_dropped_before_their_request_is_sent(guest) -> None:
    request = made(guest)
    headers = guest.made("[method]outgoing-request.headers", request)
    assert guest("[method]fields.set", headers, "a", []) == Err(Case("immutable"))
    with pytest.raises(Trapped, match="children"):
        guest("handle", request, None)


def test_a_body_streams_while_the_request_is_sent(guest, sender) -> None:
    request = made(guest, [("content-length", b"4")])
    body = guest.made("[method]outgoing-request.body", request)
    assert guest("[method]outgoing-request.body", request) == Err(None)
    sent(guest, request)
    message = sender.sent[0][1]
    stream = guest.made("[method]outgoing-body.write", body)
    output = guest.resources.borrow(stream)
    output.check_write()
    output.write(b"abc")
    assert message.body.stream.read(9) == b"abc"
    guest.resources.drop(stream)
    assert guest("[static]outgoing-body.finish", body, None) == Err(error_code.request_body_size(3))
    assert message.body.ending.peek() == Some(Err(error_code.request_body_size(3)))


@pytest.mark.parametrize(("written", "then"), [(b"ab", Closed()), (b"abc", BUDGET_BYTES)])
def test_a_reader_may_go_once_it_has_what_was_promised(guest, sender, written: bytes, then: object) -> None:
    request = made(guest, [("content-length", b"3")])
    body = guest.made("[method]outgoing-request.body", request)
    sent(guest, request)
    output = guest.resources.borrow(guest.made("[method]outgoing-body.write", body))
    output.check_write()
    output.write(written)
    sender.sent[0][1].body.stream.drop()
    assert output.check_write() == then


def test_the_response(guest, sender) -> None:
    future = sent(guest)
    pollable = guest.made("[method]future-incoming-response.subscribe", future)
    assert guest("[method]future-incoming-response.get", future) is None
    assert not guest.resources.borrow(pollable).ready()
    writer = BodyWriter()
    sender.outcomes[0].keep(Ok(Response(404, (("x", b"1"), ("transfer-encoding", b"chunked")), writer.body)))
    assert guest.resources.borrow(pollable).ready()
    result = guest("[method]future-incoming-response.get", future)
    response = result.value.value.value
    assert guest("[method]future-incoming-response.get", future) == Some(Err(None))
    assert guest("[method]incoming-response.status", response) == 404
    headers = guest.made("[method]incoming-response.headers", response)
    assert guest("[method]fields.entries", headers) == (("x", b"1"),)
    with pytest.raises(Trapped, match="children"):
        guest.resources.drop(future)
    guest.resources.drop(pollable)
    guest.resources.drop(future)
    assert sender.cancelled == []
    body = guest.made("[method]incoming-response.consume", response)
    assert guest("[method]incoming-response.consume", response) == Err(None)
    guest.resources.drop(body)
    assert writer.pipe.writer.check_write() == Closed()


def test_a_failure(guest, sender) -> None:
    future = sent(guest)
    sender.outcomes[0].keep(Err(error_code.CONNECTION_REFUSED))
    assert guest("[method]future-incoming-response.get", future) == Some(
        Ok(Err(error_code.CONNECTION_REFUSED))
    )


@pytest.mark.parametrize("arrived", [False, True])
def test_a_response_that_nobody_takes_is_called_off(guest, sender, arrived: bool) -> None:
    future = sent(guest)
    writer = BodyWriter()
    if arrived:
        sender.outcomes[0].keep(Ok(Response(200, (), writer.body)))
    guest.resources.drop(future)
    assert sender.cancelled == [0]
    if arrived:
        assert writer.pipe.writer.check_write() == Closed()
