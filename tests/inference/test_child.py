"""A child process that answers, crashes, hangs, or loses its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spinfer.inference import child

WORK = """
import ctypes, os, sys, time
from spinfer.inference import child

def work(request, tell):
    print("no news", flush=True)
    os.write(1, b"nor this\\n")
    for n in range(request.get("news", 0)):
        tell({"n": n})
    match request["then"]:
        case "answer":
            return {"text": "\\n\\u00e4", "pid": os.getpid()}
        case "abort":
            print("what it said last", file=sys.stderr, flush=True)
            os.abort()
        case "exit":
            os._exit(3)
        case "raise":
            raise ValueError("a mistake")
        case "hang":
            tell({"pid": os.getpid()})
            ctypes.CDLL(None).sleep(1000)

child.serve(work)
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fake_work.py").write_text(WORK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_news_and_an_answer() -> None:
    heard: list[child.News] = []
    answer = child.call("fake_work", {"news": 3, "then": "answer"}, heard.append)
    assert answer["text"] == "\n\u00e4"
    assert answer["pid"] != os.getpid()
    assert heard == [{"n": 0}, {"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ("abort", "ended by SIGABRT: what it said last"),
        ("exit", "ended with code 3"),
        ("raise", "ended with code 1: ValueError: a mistake"),
    ],
)
def test_a_child_without_an_answer(then: str, says: str) -> None:
    with pytest.raises(child.ChildFailed) as caught:
        child.call("fake_work", {"news": 1, "then": then}, lambda _: None)
    assert says in str(caught.value)


def test_a_module_that_is_not_there() -> None:
    with pytest.raises(child.ChildFailed, match="No module named no_such_work"):
        child.call("no_such_work", {}, lambda _: None)


def test_what_the_listener_raises_ends_the_child() -> None:
    pids: list[int] = []

    def interrupt(news: child.News) -> None:
        pids.append(news["pid"])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        child.call("fake_work", {"then": "hang"}, interrupt)
    assert not _runs(pids[0])


def test_a_parent_that_is_killed_takes_its_child_along() -> None:
    script = """
from spinfer.inference import child
child.call("fake_work", {"then": "hang"}, lambda news: print(news["pid"], flush=True))
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _runs(pid)
        parent.kill()
    while _runs(pid):
        time.sleep(0.01)


def _runs(pid: int) -> bool:
    """A process that has ended may still be in the table, as a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # before it is opened, before it is read
        return False
