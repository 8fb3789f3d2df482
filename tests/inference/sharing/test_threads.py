"""Threads that are started as they are needed, and reused."""

from __future__ import annotations

import threading

import pytest

from spinfer.inference.sharing.threads import RequestThreads


def test_one_thread_is_enough_for_one_job_at_a_time() -> None:
    threads = RequestThreads("t")
    seen = []
    for _ in range(20):
        seen.append(_run(threads))
        while not threads._free.acquire(timeout=30):
            pass
        threads._free.release()
    assert len(set(seen)) == 1
    assert seen[0].daemon
    assert _ended(threads)


def test_every_job_runs_at_once() -> None:
    threads = RequestThreads("t")
    together = threading.Barrier(12)
    for _ in range(2):
        met = threading.Semaphore(0)
        for _ in range(12):
            threads.run(lambda met=met: (together.wait(30), met.release()))
        for _ in range(12):
            assert met.acquire(timeout=30)
    assert _ended(threads)


def test_where_no_thread_can_be_started_that_is_said_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = RequestThreads("t")
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _refuse)
        with pytest.raises(RuntimeError, match="can't start new thread"):
            threads.run(lambda: pytest.fail("it was refused"))
    _run(threads)
    assert _ended(threads)


def test_a_job_that_takes_long_is_not_waited_for() -> None:
    threads = RequestThreads("t")
    gate = threading.Event()
    threads.run(gate.wait)
    threads.end()
    assert not threads.join(0)
    gate.set()
    assert threads.join(30)


def _run(threads: RequestThreads) -> threading.Thread:
    found: list[threading.Thread] = []
    done = threading.Event()
    threads.run(lambda: (found.append(threading.current_thread()), done.set()))
    assert done.wait(30)
    return found[0]


def _ended(threads: RequestThreads) -> bool:
    threads.end()
    return threads.join(30)


def _refuse(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
