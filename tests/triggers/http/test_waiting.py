"""How the event loop waits: for as long as it is told to, by one wake-up, for a head and what follows it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from unittest.mock import patch

import pytest

from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_io.poll import Signal
from spinfer.triggers.http import waiting
from spinfer.triggers.http.waiting import begun, within
from triggers.http.conftest import FAR, streaming

T = TypeVar("T")


def awaited(coming: Coroutine[Any, Any, T], meanwhile: Callable[[], object]) -> tuple[T, int]:
    """What comes, while another thread does `meanwhile`, and how often that thread called the event loop."""

    async def run() -> tuple[T, int]:
        loop = asyncio.get_running_loop()
        task = loop.create_task(coming)
        await asyncio.sleep(0)  # by now it waits
        thread = threading.Thread(target=meanwhile)
        with patch.object(loop, "call_soon_threadsafe", wraps=loop.call_soon_threadsafe) as called:
            thread.start()
            try:
                return await asyncio.wait_for(task, FAR), called.call_count
            finally:
                thread.join()

    return asyncio.run(run())


def nothing() -> None:
    """Happens meanwhile."""


def test_what_is_ready_is_not_waited_for() -> None:
    signal = Signal()
    signal.set()
    assert awaited(within(0.0, signal), nothing) == (True, 0)


def test_what_comes_in_time_wakes_once() -> None:
    signal = Signal()

    def set_twice() -> None:
        signal.set()
        signal.set()

    assert awaited(within(FAR, signal), set_twice) == (True, 1)
    assert not len(signal._subscribers)


def test_what_does_not_come_in_time() -> None:
    signal = Signal()
    assert awaited(within(0.001, signal), nothing) == (False, 0)
    assert not len(signal._subscribers)


def test_a_needless_call_ends_no_waiting() -> None:
    signal = Signal()

    def twice() -> None:
        signal._subscribers.wake()
        signal.set()

    assert awaited(within(None, signal), twice)[0]


def answer_of(answering: Callable[[Promise[Response | None]], object]) -> tuple[Response | None, int]:
    answer: Promise[Response | None] = Promise()
    return awaited(begun(answer), lambda: answering(answer))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "HOLD_HEAD_S", FAR)


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
