"""Apps run as a person runs them: the `spinfer` command in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from guests import COMPILED


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Spinfer = Callable[..., Ended]

_NOTICE = re.compile(r"^Compiling .* \(once: it is kept\) …\n", re.MULTILINE)
"""What is said while a component is compiled for the first time, if that takes a moment."""


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "spinfer", *map(str, arguments)]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The process's own, without models, and with a cache of its own but for compiled components."""
    empty = str(tmp_path_factory.mktemp("empty"))
    models = {"SPINFER_MODELS": empty, "OLLAMA_MODELS": empty, "HF_HOME": empty}
    COMPILED.mkdir(mode=0o700, parents=True, exist_ok=True)
    cache = tmp_path_factory.mktemp("cache")
    (cache / "spinfer").mkdir()
    (cache / "spinfer" / "components").symlink_to(COMPILED)
    return {**os.environ, **models, "XDG_CACHE_HOME": str(cache)}


@pytest.fixture
def spinfer(environment: dict[str, str], tmp_path: Path) -> Spinfer:
    """Run `spinfer …` in an empty folder, to its end."""

    def run(*arguments: str | Path, folder: Path = tmp_path) -> Ended:
        done = subprocess.run(
            command(*arguments),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ended(done.returncode, done.stdout, _NOTICE.sub("", done.stderr))

    return run
