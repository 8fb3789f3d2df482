"""`spinfer up` with several worker processes: who serves, who ends when, and when there is only one."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from http.client import HTTPConnection
from pathlib import Path

import pytest

from apps.hello import MANIFEST, hello_app, looping
from apps.serving import FAR, needs, running, until_said
from fakes import wat_http
from guests import app as built

TWO = ("--workers", "2")


def children(pid: int) -> list[int]:
    """The worker processes."""
    others = [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]
    return [other for other in others if stat(other)[1:2] == [str(pid)]]


def alive(pid: int) -> bool:
    return stat(pid)[:1] not in ([], ["Z"])


def stat(pid: int) -> list[str]:
    """What the kernel says of a process, from its state and its parent on; nothing of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # before it is opened, before it is read
        return []


def server(connection: HTTPConnection, workers: list[int]) -> int:
    """The worker that has the other end of it."""
    ports = [f"{end[1]:04X}" for end in (connection.sock.getpeername(), connection.sock.getsockname())]
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    (inode,) = [row[9] for row in rows if [end.partition(":")[2] for end in row[1:3]] == ports]
    (worker,) = [pid for pid in workers if f"socket:[{inode}]" in opened(pid)]
    return worker


def opened(pid: int) -> set[str]:
    """What a process's files are."""
    links = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            links.add(os.readlink(file))
    return links


def asked(connection: HTTPConnection, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection.request(method, path, body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + FAR
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return hello_app(tmp_path)


def test_there_are_as_many_as_asked_for(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, *TWO) as up:
        workers = children(up.process.pid)
        assert len(workers) == 2
        assert {up.get("/hello") for _ in range(8)} == {b"Hello"}
        assert up.end() == 0
        assert not any(map(alive, workers))


def test_one_is_the_host_itself(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, "--workers", "1") as up:
        assert children(up.process.pid) == []
        assert up.get("/hello") == b"Hello"
        assert up.end() == 0


def test_the_others_go_on(environment: dict[str, str], app: Path) -> None:
    with running(environment, app, *TWO) as up:
        first, second = children(up.process.pid)
        os.kill(first, signal.SIGKILL)
        until_said(up, "a process that serves requests has ended; 1 of them go on\n")
        assert {up.get("/hello") for _ in range(8)} == {b"Hello"}
        os.kill(second, signal.SIGKILL)
        assert up.process.wait(FAR) == 1
        assert "Error: every process that served requests has ended" in up.err.read_text()


@pytest.mark.parametrize("answering", [False, True])
def test_they_end_with_a_host_that_is_killed(
    environment: dict[str, str],
    app: Path,
    answering: bool,
) -> None:
    if answering:
        (app / "hello.wat").write_bytes(wat_http.saying_and_looping(b"begun"))
    with running(environment, app, *TWO) as up:
        workers = children(up.process.pid)
        with looping(up) if answering else nullcontext():
            up.process.kill()
            until(lambda: not any(map(alive, workers)))


def test_signals_to_all_of_them_are_the_hosts(environment: dict[str, str], app: Path) -> None:
    """A terminal's Ctrl-C reaches every process; a request under way ends nevertheless."""
    with running(environment, app, *TWO) as up:
        for worker in children(up.process.pid):
            os.kill(worker, signal.SIGINT)
            os.kill(worker, signal.SIGTERM)
        assert {up.get("/hello") for _ in range(8)} == {b"Hello"}
        assert up.end() == 0


def test_a_looping_guest_does_not_hold_them(environment: dict[str, str], app: Path) -> None:
    (app / "hello.wat").write_bytes(wat_http.saying_and_looping(b"begun"))
    with running(environment, app, *TWO) as up, looping(up):
        workers = children(up.process.pid)
        assert up.end() == 0
        assert not any(map(alive, workers))


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (
            ('source = "hello.wat"', 'source = "hello.wat"\nkey_value_stores = ["default"]'),
            ("--state-dir", ""),
            "its key-value store `default` is kept in memory",
        ),
        (
            ('source = "hello.wat"', 'source = "hello.wat"\nsqlite_databases = ["default"]'),
            ("--state-dir", ""),
            "its SQLite database `default` is kept in memory",
        ),
        (("", ""), ("--disable-cache",), "without the cache each would compile the app anew"),
    ],
)
def test_what_needs_one_process(
    environment: dict[str, str],
    app: Path,
    change: tuple[str, str],
    options: tuple[str, ...],
    reason: str,
) -> None:
    (app / "spin.toml").write_text(MANIFEST.replace(*change, 1))
    with running(environment, app, *TWO, *options) as up:
        assert children(up.process.pid) == []
        until_said(up, f"one process serves the app: {reason}\n")
        assert up.get("/hello") == b"Hello"


@pytest.mark.parametrize("granted", [False, True])
def test_how_many_there_are_by_themselves(environment: dict[str, str], app: Path, granted: bool) -> None:
    if granted:
        said = MANIFEST.replace('source = "hello.wat"', 'source = "hello.wat"\nai_models = ["m"]')
        (app / "spin.toml").write_text(said)
    cores = len(os.sched_getaffinity(0))
    with running(environment, app, "--allow-missing-models") as up:
        assert len(children(up.process.pid)) == (0 if granted or cores == 1 else min(cores, 8))
        assert up.get("/hello") == b"Hello"
        assert up.end() == 0


@needs("hello-http")  # the same tools
def test_guests_see_what_those_of_the_others_write(environment: dict[str, str], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(built(Path(__file__).with_name("stores")), tmp_path / "app"))
    options = (*TWO, "--allow-transient-write")
    with running(environment, folder, *options, sign="/poor (wildcard)\n") as up:
        address = up.url.removeprefix("http://")
        with (
            closing(HTTPConnection(address, timeout=FAR)) as one,
            closing(HTTPConnection(address, timeout=FAR)) as other,
        ):
            assert asked(one, "GET", "/file/first.txt") == (200, b"as the app came\n")
            assert asked(other, "POST", "/file/new.txt", b"the other's") == (200, b"the other's")
            assert asked(one, "GET", "/file/new.txt") == (200, b"the other's")
            assert asked(one, "POST", "/file/first.txt", b"one's") == (200, b"one's")
            assert asked(other, "GET", "/file/first.txt") == (200, b"one's")
            workers = children(up.process.pid)
            assert {server(each, workers) for each in (one, other)} == set(workers)
        assert up.end() == 0
    assert [file.name for file in (folder / "notes").iterdir()] == ["first.txt"]
    assert (folder / "notes" / "first.txt").read_text() == "as the app came\n"
