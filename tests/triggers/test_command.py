"""Commands as programs: exit codes, arguments, standard streams, mounts, and being cancelled."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes import wat_run_command as guests
from spinfer.errors import ConfigError, GuestCancelled, GuestTrap
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile
from spinfer.runtime.wasi import Mount, Wasi
from spinfer.triggers.base import Trigger
from spinfer.triggers.command import ENTRY, CommandTrigger


@pytest.fixture(scope="module")
def compiler() -> Iterator[Compiler]:
    with Compiler() as compiler:
        yield compiler


Make = Callable[..., CommandTrigger]


@pytest.fixture
def make(compiler: Compiler, tmp_path: Path) -> Make:
    def make(guest: bytes, wasi: Wasi | None = None) -> CommandTrigger:
        path = tmp_path / "app.wat"
        path.write_bytes(guest)
        executor = Executor(compiler, [], host_wasi=True)
        executor.load([ComponentFile("app", path)], [ENTRY])
        return CommandTrigger(executor, "app", wasi or Wasi())

    return make


def run(trigger: Trigger) -> int:
    trigger.start()
    assert trigger.wait()
    return trigger.exit_code()


@pytest.mark.parametrize("code", [0, 1])
def test_what_run_returns_is_the_exit_code(make: Make, code: int) -> None:
    assert run(make(guests.returning(code))) == code


@pytest.mark.parametrize("code", [0, 1])
def test_what_a_guest_exits_with_is_the_exit_code(make: Make, code: int) -> None:
    assert run(make(guests.exiting(code))) == code


def test_a_trap_is_reported(make: Make) -> None:
    with pytest.raises(GuestTrap, match=r"component `app` trapped in `wasi:cli/run@0.2.3#run`: it gave up"):
        run(make(guests.trapping()))


def test_arguments_and_environment_arrive(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    wasi = Wasi(("app", "zwölf", ""), (("NAME", "a=b"), ("EMPTY", "")))
    assert run(make(guests.TALKING, wasi)) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[:3] == ["app", "zwölf", ""]
    assert err.splitlines() == ["NAME", "a=b", "EMPTY", ""]


def test_nothing_of_our_own_environment_leaks(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    run(make(guests.TALKING))
    assert capfd.readouterr().err == ""


def test_a_writable_mount(make: Make, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    assert run(make(guests.MAKING, Wasi(mounts=(Mount(tmp_path / "data", "/data"),)))) == 0
    assert (tmp_path / "data" / "made").is_dir()


def test_a_read_only_mount(make: Make, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    mount = Mount(tmp_path / "data", "/data", writable=False)
    assert run(make(guests.MAKING, Wasi(mounts=(mount,)))) == 1
    assert not (tmp_path / "data" / "made").exists()


def test_a_mount_that_is_gone_by_then(make: Make, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    trigger = make(guests.MAKING, Wasi(mounts=(Mount(tmp_path / "data", "/data"),)))
    (tmp_path / "data").rmdir()
    with pytest.raises(ConfigError, match="cannot be opened"):
        run(trigger)


def test_cancelling_ends_a_loop(make: Make) -> None:
    trigger = make(guests.looping())
    trigger.start()
    assert not trigger.wait(0.03)
    trigger.cancel()
    trigger.cancel()
    assert trigger.wait(10)
    with pytest.raises(GuestCancelled):
        trigger.exit_code()


def test_cancelling_before_the_start(make: Make) -> None:
    trigger = make(guests.looping())
    trigger.cancel()
    trigger.start()
    assert trigger.wait(10)
    with pytest.raises(GuestCancelled):
        trigger.exit_code()


PROGRAM = """
import os, sys
from pathlib import Path
from threading import Event
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile
from spinfer.runtime.wasi import Wasi
from spinfer.triggers.command import ENTRY, CommandTrigger

with Compiler() as compiler:
    executor = Executor(compiler, [], host_wasi=True)
    executor.load([ComponentFile("app", Path(sys.argv[1]))], [ENTRY])
    trigger = CommandTrigger(executor, "app", Wasi(("ready",)))
    said, its_stdout = os.pipe()
    if sys.argv[2] == "cancel":
        os.dup2(its_stdout, 1)
    trigger.start()
    if sys.argv[2] == "cancel":
        while os.read(said, 1) != b"\\n":
            pass
        assert not trigger.wait(0.3)  # it reads its input
        trigger.cancel()
        if not trigger.wait(0.1):
            os._exit(130)
    trigger.wait()
    sys.exit(trigger.exit_code())
"""


def program(tmp_path: Path, *arguments: str) -> list[str | Path]:
    path = tmp_path / "app.wat"
    path.write_bytes(guests.TALKING)
    return [sys.executable, "-c", PROGRAM, path, *arguments]


def test_stdin_is_the_process_own(tmp_path: Path) -> None:
    done = subprocess.run(
        program(tmp_path, "run"),
        input="from outside",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\nfrom outside\n", "")


def test_a_guest_that_waits_for_stdin_does_not_keep_the_process(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    try:
        done = subprocess.run(
            program(tmp_path, "cancel"), stdin=reading, capture_output=True, timeout=60, check=False
        )
    finally:
        os.close(reading)
        os.close(writing)
    assert (done.returncode, done.stderr) == (130, b"")
