"""Who hears of a cancellation: everybody who listens, once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from spinfer.errors import Cancelled
from spinfer.inference.cancellation import Cancellation


def test_listeners_are_called_once() -> None:
    cancellation, heard = Cancellation(), []
    with (
        cancellation.listening(lambda: heard.append("one")),
        cancellation.listening(lambda: heard.append("two")),
    ):
        assert not heard
        cancellation.cancel()
        cancellation.cancel()
        assert heard == ["two", "one"]
    assert heard == ["two", "one"]


def test_who_comes_late_hears_at_once() -> None:
    cancellation, heard = Cancellation(), []
    cancellation.cancel()
    with cancellation.listening(lambda: heard.append("late")):
        assert heard == ["late"]


def test_who_has_left_hears_nothing() -> None:
    cancellation, heard = Cancellation(), []
    with cancellation.listening(lambda: heard.append("left")):
        pass
    with pytest.raises(ZeroDivisionError), cancellation.listening(lambda: heard.append("failed")):
        raise ZeroDivisionError
    cancellation.cancel()
    assert not heard


def test_a_check_raises_once_it_is_cancelled() -> None:
    cancellation = Cancellation()
    cancellation.check()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        cancellation.check()


def test_a_listener_may_cancel_and_leave() -> None:
    cancellation, heard = Cancellation(), []

    def leave() -> None:
        heard.append("once")
        cancellation.cancel()
        first.__exit__(None, None, None)

    first = cancellation.listening(lambda: heard.append("never"))
    first.__enter__()
    with cancellation.listening(leave):
        cancellation.cancel()
    assert heard == ["once"]


def test_threads_that_cancel_and_listen_at_once_lose_and_double_nothing() -> None:
    """Of 400 × 3 listeners that start to listen while two threads cancel, each is called exactly once."""
    heard: list[int] = []

    def listen(cancellation: Cancellation, number: int, ready: threading.Barrier) -> None:
        ready.wait()
        called = threading.Event()

        def hear() -> None:
            heard.append(number)
            called.set()

        with cancellation.listening(hear):
            assert called.wait(10)

    def cancel(cancellation: Cancellation, ready: threading.Barrier) -> None:
        ready.wait()
        cancellation.cancel()

    with ThreadPoolExecutor(5) as pool:
        for number in range(400):
            cancellation, ready = Cancellation(), threading.Barrier(5)
            jobs: list[Callable[[], None]] = [
                *[lambda c=cancellation, r=ready, n=number: listen(c, n, r)] * 3,
                *[lambda c=cancellation, r=ready: cancel(c, r)] * 2,
            ]
            for future in [pool.submit(job) for job in jobs]:
                future.result()
    assert sorted(heard) == sorted([*range(400)] * 3)
