"""Running one step of a build, its output passed through."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable
from typing import Final

from spinfer.building.steps import Step
from spinfer.errors import ConfigError

NOT_FOUND: Final = 127
"""What the shell exits with when there is no such command."""
_STDERR: Final = 2
_SIGNALLED: Final = 128
"""And, with a signal's number added, when that signal ended it."""


def build(steps: Iterable[Step], say: Callable[[str], None], *, aside: bool = False) -> int:
    """Run one after the other: 0, or the exit code of the first that fails, after which none is run.

    `say` is told what is run and what failed. Standard streams are this process's; with `aside` all that is
    printed goes to stderr. Raises ConfigError when
    there is no folder to run a step in.
    """
    for step in steps:
        say(f"Building component {step.component} with `{step.command}`")
        code = run(step, aside=aside)
        if code:
            say(f"Building component {step.component} failed: `{step.command}` ended with {code}")
            if hint := _hint(step, code):
                say(hint)
            return code
    return 0


def run(step: Step, *, aside: bool = False) -> int:
    """The exit code of its shell."""
    if not step.folder.is_dir():
        raise ConfigError(
            f"component `{step.component}` is to be built in a folder that does not exist",
            where=str(step.folder),
            cure=f"Make the folder, or correct component.{step.component}.build.workdir in spin.toml.",
        )
    stdout = _STDERR if aside else None
    code = subprocess.run(step.command, shell=True, cwd=step.folder, stdout=stdout, check=False).returncode
    return code if code >= 0 else _SIGNALLED - code


def tool(command: str) -> str | None:
    """The program that a command begins with, where that can be told: no path, no word of the shell's."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    first = next((word for word in words if "=" not in word), "")
    return first if first and first.replace("-", "").replace("_", "").isalnum() else None


def _hint(step: Step, code: int) -> str | None:
    program = tool(step.command)
    if code != NOT_FOUND or program is None or shutil.which(program) is not None:
        return None
    return f"  `{program}` is not on the PATH: install it, or activate the virtual environment that has it."
