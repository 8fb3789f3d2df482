"""A bounded pool: so many at once, so many waiting, and nothing lost."""

from __future__ import annotations

import logging
import threading

import pytest

from spinfer.triggers.http.guest_threads import Full, GuestThreads

FAR = 10.0


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
