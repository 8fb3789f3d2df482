"""Exit codes, deadlines, and Ctrl-C at every stage of a run."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from apps.conftest import command
from fakes.wat_run_command import looping, returning, trapping
from guests import example

SLOW = """
[models.llama2-chat.mock]
replies = [{ pattern = "", text = "at last", delay_s = 600 }]
"""


@pytest.mark.parametrize("code", [0, 1])
def test_the_guests_exit_code(spinfer, tmp_path: Path, code: int) -> None:
    (tmp_path / "app.wat").write_bytes(returning(code))
    assert spinfer("run", "app.wat").code == code


def test_a_trap_names_component_and_function(spinfer, tmp_path: Path) -> None:
    (tmp_path / "app.wat").write_bytes(trapping())
    done = spinfer("run", "app.wat")
    assert done.code == 134
    assert "component `app` trapped in `wasi:cli/run@0.2.3#run`" in done.err


def test_a_deadline_ends_a_loop(spinfer, tmp_path: Path) -> None:
    (tmp_path / "app.wat").write_bytes(looping())
    done = spinfer("run", "--timeout", "0.1", "app.wat")
    assert done.code == 124
    assert "0.1" in done.err


def test_a_deadline_ends_a_wait_for_a_model(spinfer, tmp_path: Path) -> None:
    app = slow_app(tmp_path)
    assert spinfer("run", "--timeout", "1", app, "Hello").code == 124


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_loop(environment: dict[str, str], tmp_path: Path, signum: signal.Signals) -> None:
    (tmp_path / "app.wat").write_bytes(looping())
    assert (
        interrupted(["run", "-vv", tmp_path / "app.wat"], environment, "calling <Instance of app", signum)
        == 130
    )


def test_a_signal_ends_a_wait_for_a_model(environment: dict[str, str], tmp_path: Path) -> None:
    app = slow_app(tmp_path)
    assert (
        interrupted(["run", "-vv", app, "Hello"], environment, "calling <Instance of ask", signal.SIGINT)
        == 130
    )


def slow_app(folder: Path) -> Path:
    """The `ask` example with a model that takes ten minutes."""
    for name in ("spin.toml", "ask.wasm"):
        (folder / name).symlink_to(example("ask") / name)
    (folder / "spinfer.toml").write_text(SLOW)
    return folder


def interrupted(
    arguments: list[str | Path], environment: dict[str, str], sign: str, signum: signal.Signals
) -> int:
    """The exit code of a command that gets `signum` once its stderr has said `sign`."""
    with subprocess.Popen(
        command(*arguments), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stderr is not None
            said = b""
            end = time.monotonic() + 60
            while sign.encode() not in said:
                assert time.monotonic() < end, said.decode()
                if select.select([process.stderr], [], [], 1)[0]:
                    more = os.read(process.stderr.fileno(), 65536)
                    assert more, said.decode()
                    said += more
            process.send_signal(signum)
            process.communicate(timeout=60)
            return process.returncode
        finally:
            process.kill()
