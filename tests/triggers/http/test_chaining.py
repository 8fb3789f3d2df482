"""One component asks another, without a socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from spinfer.bindings.values import Err, Ok
from spinfer.errors import Cancelled, GuestTrap
from spinfer.factors.outbound_http.app import Origin
from spinfer.factors.wasi_http.error_code import HttpError
from spinfer.factors.wasi_http.messages import Request, full_body
from spinfer.factors.wasi_http.sending import Outcome, Sending
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.factors.wasi_io.streams import Closed
from spinfer.inference.cancellation import Cancellation
from spinfer.triggers.http.chaining import ServedApp
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.guest_threads import GuestThreads
from triggers.http.conftest import saying

FAR = 30.0
ORIGIN = Origin("http", "127.0.0.1:3000")


@pytest.fixture
def threads() -> Iterator[GuestThreads]:
    threads = GuestThreads(threads=1, queue=0)
    yield threads
    assert threads.close(FAR)


def outcome_of(sending: Sending) -> Outcome:
    wait_any([sending.outcome], Cancellation())
    kept = sending.outcome.peek()
    assert kept is not None
    return kept.value


def request(path: str = "/a/b?q=1") -> Request:
    headers = (("X-Mine", b"yes"), ("Spin-Client-Addr", b"forged"))
    return Request("POST", "http", "other.spin.internal", path, headers, full_body(b"body"))


def test_the_other_component_sees_a_request_for_its_whole_path(threads: GuestThreads) -> None:
    seen: list[Exchange] = []

    def answer(exchange: Exchange) -> None:
        seen.append(exchange)
        assert exchange.request.body.stream.read(100) == b"body"
        saying(b"from the other", 201)(exchange)

    app = ServedApp(ORIGIN, {"other": Guest("other", answer)}, threads)
    outcome = outcome_of(app.call("other", request()))
    assert isinstance(outcome, Ok)
    assert outcome.value.status == 201
    assert outcome.value.body.stream.read(100) == b"from the other"
    assert outcome.value.body.stream.read(100) == Closed()
    assert seen[0].request.path_with_query == "/a/b?q=1"
    headers = dict(seen[0].request.headers)
    assert headers["x-mine"] == b"yes"
    assert headers["spin-path-info"] == b"/a/b"
    assert headers["spin-full-url"] == b"http://other.spin.internal/a/b?q=1"
    assert headers["spin-component-route"] == b""
    assert headers["spin-client-addr"] == b"0.0.0.0:0"


def test_a_component_that_is_not_there(threads: GuestThreads) -> None:
    with pytest.raises(HttpError, match="destination-not-found"):
        ServedApp(ORIGIN, {}, threads).call("other", request())


def test_a_component_that_traps(threads: GuestThreads, caplog: pytest.LogCaptureFixture) -> None:
    def answer(_exchange: Exchange) -> None:
        raise GuestTrap("other", "handle", "it divided by zero")

    outcome = outcome_of(
        ServedApp(ORIGIN, {"other": Guest("other", answer)}, threads).call("other", request())
    )
    assert isinstance(outcome, Err)
    assert outcome.value.name == "internal-error"
    assert "component `other`, route `other.spin.internal`" in caplog.text


def test_nobody_waits_for_a_thread_and_a_caller_may_give_up(threads: GuestThreads) -> None:
    running, cancelled = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> None:
        running.set()
        with exchange.cancellation.listening(cancelled.set):
            assert cancelled.wait(FAR)
        raise Cancelled

    app = ServedApp(ORIGIN, {"other": Guest("other", answer)}, threads)
    sending = app.call("other", request())
    assert running.wait(FAR)
    with pytest.raises(HttpError, match="connection-limit-reached"):
        app.call("other", request())
    sending.cancel()
    assert cancelled.wait(FAR)
    assert isinstance(outcome_of(sending), Err)
