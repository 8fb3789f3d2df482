"""A head and what follows it are waited for as one, but not for long."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from fakes.event_loops import PATIENCE_S, awaited
from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.triggers.http import waiting
from spinfer.triggers.http.waiting import begun
from triggers.http.conftest import streaming


def answer_of(answering: Callable[[Promise[Response | None]], object]) -> tuple[Response | None, int]:
    answer: Promise[Response | None] = Promise()
    return awaited(begun(answer), lambda: answering(answer))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "HOLD_HEAD_S", PATIENCE_S)


@pytest.mark.usefixtures("patient")
class TestAHeadAndItsBody:
    def test_come_as_one(self) -> None:
        writer, response = streaming()

        def respond(answer: Promise[Response | None]) -> None:
            answer.keep(response)
            writer.pipe.writer.write(b"first")

        assert answer_of(respond) == (response, 1)

    def test_come_as_one_where_the_body_was_there_first(self) -> None:
        writer, response = streaming()

        def respond(answer: Promise[Response | None]) -> None:
            writer.pipe.writer.write(b"first")
            answer.keep(response)

        assert answer_of(respond) == (response, 1)

    def test_come_as_one_where_it_is_empty(self) -> None:
        writer, response = streaming()

        def respond(answer: Promise[Response | None]) -> None:
            answer.keep(response)
            writer.finish()

        assert answer_of(respond) == (response, 1)

    def test_are_none_where_the_guest_gives_none(self) -> None:
        assert answer_of(lambda answer: answer.keep(None)) == (None, 1)


@pytest.mark.parametrize("head_after_s", [0.0, 0.01])
def test_a_head_does_not_wait_long_for_its_body(head_after_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that comes when waiting for both was over."""
    monkeypatch.setattr(waiting, "HOLD_HEAD_S", 0.001)
    writer, response = streaming()

    def respond(answer: Promise[Response | None]) -> None:
        time.sleep(head_after_s)
        answer.keep(response)

    assert answer_of(respond)[0] is response
    assert not writer.body.stream.ready()
