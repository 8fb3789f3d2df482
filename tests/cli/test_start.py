"""The command itself: quick to ask for help, and completed by shells."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from apps.conftest import command
from spinfer.cli import COMMANDS

HEAVY = {
    *("wasmtime", "llama_cpp", "numpy", "pydantic", "uvicorn", "aiohttp", "rich", "gguf", "huggingface_hub"),
    *("apsw", "redis", "jinja2", "watchfiles", "httpx2", "psycopg", "tomli", "asyncio", "ssl", "pytest"),
}
"""What takes time to import, and no command needs to say what it takes."""
IMPORTED = "import sys; from spinfer.cli import main; main({arguments}); print(*sys.modules, file=sys.stderr)"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    done = run(sys.executable, "-c", IMPORTED.format(arguments=arguments))
    assert done.returncode == 0
    packages = {name.partition(".")[0] for name in done.stderr.split()}
    assert "click" in packages
    assert not packages & HEAVY
    ours = {name for name in done.stderr.split() if name.startswith("spinfer.")}
    assert ours == {"spinfer.cli", "spinfer.cli.lazy", "spinfer.errors"}


def test_the_plugin_for_pytest_imports_nothing_heavy() -> None:
    done = run(sys.executable, "-c", "import sys, spinfer.pytest_plugin; print(*sys.modules)")
    assert not {name.partition(".")[0] for name in done.stdout.split()} & (
        HEAVY - {"pytest", "asyncio", "ssl"}
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_takes(name: str) -> None:
    done = run(*command(name, "--help"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: spinfer {name} ")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("spinfer ", set(COMMANDS)), ("spinfer wa", {"watch"}), ("spinfer up --find", {"--find-free-port"})],
)
def test_shells_complete(typed: str, offered: set[str]) -> None:
    words = len(typed.split()) - (0 if typed.endswith(" ") else 1)
    done = run(*command(), _SPINFER_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(words))
    assert {line.partition(",")[2] for line in done.stdout.split()} >= offered
    assert len(done.stdout.split()) == len(offered)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_for_shells(shell: str) -> None:
    assert "_SPINFER_COMPLETE" in run(*command(), _SPINFER_COMPLETE=f"{shell}_source").stdout
