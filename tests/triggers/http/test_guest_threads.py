"""A bounded pool: so many at once, so many waiting, and nothing lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import pytest

from spinfer.triggers.http import guest_threads
from spinfer.triggers.http.guest_threads import Full, GuestThreads

FAR = 30.0


def test_jobs_run_in_order_on_few_threads() -> None:
    pool = GuestThreads(threads=1, queue=100)
    done: list[int] = []
    last = threading.Event()
    for number in range(50):
        pool.submit(lambda number=number: done.append(number))
    pool.submit(last.set)
    assert last.wait(FAR)
    assert done == list(range(50))
    assert pool.close(FAR)


def test_no_more_than_the_limit_at_once() -> None:
    pool = GuestThreads(threads=2, queue=1)
    release = threading.Event()
    started = threading.Semaphore(0)

    def job() -> None:
        started.release()
        assert release.wait(FAR)

    for _ in range(3):
        pool.submit(job)
    assert all(started.acquire(timeout=FAR) for _ in range(2))
    assert not started.acquire(timeout=0.05), "the third one waits"
    with pytest.raises(Full):
        pool.submit(job)
    release.set()
    assert started.acquire(timeout=FAR)
    assert pool.close(FAR)


def test_a_ticket_is_withdrawn_while_it_waits() -> None:
    pool = GuestThreads(threads=1, queue=1)
    release, running = threading.Event(), threading.Event()

    def job() -> None:
        running.set()
        assert release.wait(FAR)

    first = pool.submit(job)
    assert running.wait(FAR)
    second = pool.submit(pytest.fail)
    assert second.withdraw()
    assert not second.withdraw()
    assert not first.withdraw()
    pool.submit(lambda: None)  # its place is free again
    release.set()
    assert pool.close(FAR)


def test_a_job_that_raises_leaves_its_thread_alive(caplog: pytest.LogCaptureFixture) -> None:
    pool = GuestThreads(threads=1, queue=1)
    done = threading.Event()

    def job() -> None:
        raise ZeroDivisionError("a mistake")

    pool.submit(job)
    pool.submit(done.set)
    assert done.wait(FAR)
    assert "a mistake" in caplog.text
    assert [r.levelno for r in caplog.records] == [logging.ERROR]
    assert pool.close(FAR)


def test_closing_forgets_what_waits_and_tells_of_what_does_not_end() -> None:
    pool = GuestThreads(threads=1, queue=1)
    release, running = threading.Event(), threading.Event()

    def job() -> None:
        running.set()
        assert release.wait(FAR)

    pool.submit(job)
    assert running.wait(FAR)
    pool.submit(pytest.fail)
    assert not pool.close(0.01)
    with pytest.raises(Full):
        pool.submit(job)
    release.set()
    assert pool.close(FAR)


def test_of_those_that_have_just_begun_only_so_many_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest_threads, "YOUNG_S", FAR)
    pool = GuestThreads(threads=4, queue=4, young=1)
    release, started = threading.Semaphore(0), threading.Semaphore(0)

    def job() -> None:
        started.release()
        assert release.acquire(timeout=FAR)

    for _ in range(3):
        pool.submit(job)
    for _ in range(3):
        assert started.acquire(timeout=FAR)
        assert not started.acquire(timeout=0.05), "the next one waits for this one's end"
        release.release()
    assert pool.close(FAR)


def test_one_that_has_run_for_a_while_keeps_nobody_waiting() -> None:
    pool = GuestThreads(threads=8, queue=8, young=1)
    release, started = threading.Event(), threading.Semaphore(0)

    def job() -> None:
        started.release()
        assert release.wait(FAR)

    for _ in range(8):
        pool.submit(job)
    assert all(started.acquire(timeout=FAR) for _ in range(8))
    release.set()
    assert pool.close(FAR)


def test_what_comes_while_another_watches_is_not_overlooked() -> None:
    pool = GuestThreads(threads=4, queue=1000, young=1)
    done = threading.Semaphore(0)
    for _ in range(500):
        pool.submit(done.release)
    assert all(done.acquire(timeout=FAR) for _ in range(500))
    assert pool.close(FAR)


def test_the_last_to_fall_asleep_is_woken_first() -> None:
    pool = GuestThreads(threads=3, queue=0)
    together = threading.Barrier(3)
    for _ in range(3):
        pool.submit(lambda: together.wait(FAR) and None)
    used: set[str] = set()
    for _ in range(20):
        until(lambda: len(pool._asleep) == 3)
        pool.submit(lambda: used.add(threading.current_thread().name))
    until(lambda: len(pool._asleep) == 3)
    assert len(used) == 1
    assert pool.close(FAR)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + FAR
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.001)
