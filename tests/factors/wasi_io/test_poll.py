"""Waiting: for the first of several, for a moment, for as long as nobody cancels."""

import threading
import time

import pytest

import leftovers
from fakes.signals import Signal
from spinfer.errors import Cancelled
from spinfer.factors.wasi_io.poll import Instant, Ready, Subscribers, sleep_s, wait_any
from spinfer.inference.cancellation import Cancellation


class Watched(Signal):
    """A signal that tells when somebody waits for it."""

    def __init__(self):
        super().__init__()
        self.waited_for = threading.Event()

    def subscribe(self, wake):
        unsubscribe = super().subscribe(wake)
        self.waited_for.set()
        return unsubscribe


def after(event, act):
    """Have a thread do it once the event is set."""

    def run():
        assert event.wait(10)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_what_is_ready_is_told_at_once_with_its_places():
    set_ = Signal()
    set_.set()
    assert wait_any([Signal(), set_, Ready(), set_], Cancellation()) == [1, 2, 3]


def test_it_sleeps_until_the_first_is_set_and_forgets_the_rest():
    first, second = Watched(), Watched()
    thread = after(second.waited_for, second.set)
    assert wait_any([first, second], Cancellation()) == [1]
    thread.join()
    assert len(first._subscribers) == len(second._subscribers) == 0


@pytest.mark.parametrize("late", [False, True])
def test_a_cancellation_ends_the_wait(late):
    cancellation, signal = Cancellation(), Watched()
    thread = after(signal.waited_for, cancellation.cancel) if late else None
    if not late:
        cancellation.cancel()
    with pytest.raises(Cancelled):
        wait_any([signal], cancellation)
    if thread:
        thread.join()
    assert len(signal._subscribers) == 0


def test_a_cancelled_guest_is_told_nothing_even_if_something_is_ready():
    cancellation = Cancellation()
    cancellation.cancel()
    with pytest.raises(Cancelled):
        wait_any([Ready()], cancellation)


def test_needless_wakes_do_not_end_the_wait():
    signal = Watched()

    def wake_twice():
        signal._subscribers.wake()
        signal.set()

    thread = after(signal.waited_for, wake_twice)
    assert wait_any([signal], Cancellation()) == [0]
    thread.join()


def test_the_first_instant_ends_the_wait_and_no_thread_is_needed():
    before = leftovers.threads()
    start = time.monotonic_ns()
    later, soon = Instant(start + 10**15), Instant(start + 2_000_000)
    assert wait_any([Signal(), later, soon], Cancellation()) == [2]
    assert time.monotonic_ns() >= soon.at_ns
    assert leftovers.threads() <= before


def test_an_instant_at_the_end_of_time_is_slept_for_as_long_as_can_be():
    assert 0 < sleep_s([Instant(2**64 - 1)]) <= threading.TIMEOUT_MAX
    assert sleep_s([Instant(0)]) == 0
    assert sleep_s([Ready()]) is None


def test_subscribers_come_and_go_while_they_are_woken():
    subscribers, heard = Subscribers(), []
    leave = subscribers.subscribe(lambda: (heard.append("first"), leave()))
    subscribers.subscribe(lambda: heard.append("second"))
    subscribers.wake()
    subscribers.wake()
    assert heard == ["first", "second", "second"]
