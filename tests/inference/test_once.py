from __future__ import annotations

import threading

import pytest

from spinfer.inference.once import Once


def test_many_ask_and_one_makes() -> None:
    once: Once[str, object] = Once()
    calls: list[int] = []
    inside, go = threading.Event(), threading.Event()

    def make() -> object:
        calls.append(1)
        inside.set()
        assert go.wait(30)
        return object()

    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(once.get("k", 1, make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert inside.wait(30)
    go.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len(set(map(id, got))) == 1
    assert len(got) == 8


def test_different_keys_do_not_wait_for_each_other() -> None:
    once: Once[str, str] = Once()
    assert once.get("a", 1, lambda: once.get("b", 1, lambda: "b") + "a") == "ba"
    assert sorted(once.made()) == ["b", "ba"]


def test_a_failure_is_shared_until_something_changes() -> None:
    once: Once[str, str] = Once()
    calls: list[int] = []

    def fail() -> str:
        calls.append(1)
        raise ValueError("no")

    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            once.get("k", "old", fail)
    assert len(calls) == 1
    assert once.get("k", "new", lambda: "made") == "made"
    assert once.get("k", "newer", fail) == "made", "what is made stays made"


def test_an_interrupted_attempt_is_not_remembered() -> None:
    once: Once[str, str] = Once()

    def interrupted() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        once.get("k", 1, interrupted)
    assert once.get("k", 1, lambda: "made") == "made"


def test_made_leaves_out_what_failed() -> None:
    once: Once[str, int] = Once()
    with pytest.raises(ZeroDivisionError):
        once.get("bad", 1, lambda: 1 // 0)
    once.get("good", 1, lambda: 7)
    assert once.made() == [7]
