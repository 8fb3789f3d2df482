"""The `spinfer` command: which commands there are, and how a process ends.

Commands are imported when they are used, so that `spinfer --help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

import spinfer
from spinfer.cli.lazy import LazyGroup
from spinfer.errors import GuestCancelled, GuestDeadline, GuestTrap, SpinferError

COMMANDS = {
    "up": "Serve an app over HTTP.",
    "run": "Run a command component and print what it prints.",
    "new": "Write a new app, from a template.",
    "build": "Build an app's components, by the commands of its spin.toml.",
    "watch": "Serve an app over HTTP, built anew whenever its files change.",
    "doctor": "Say what keeps an app from running here, and the cure.",
    "bench": "Measure what inference parameters do, to speed and to what is said.",
    "models": "Get models for apps to use.",
}
"""Each command's name, which is its module's too, and its line in the help."""

EXIT_OPERATOR = 1
EXIT_USAGE = 2
EXIT_DEADLINE = 124
"""As coreutils' `timeout`."""
EXIT_INTERRUPTED = 130
"""128 + SIGINT, as shells say it."""
EXIT_TRAP = 134
"""128 + SIGABRT, as the `wasmtime` command says it."""


@click.group(
    cls=LazyGroup, package=__name__, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(spinfer.__version__, message="spinfer %(version)s")
def _spinfer() -> None:
    """Run WebAssembly components that ask language models, on your own machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code.

    1: a mistake in what was given, said after `Error:`. 2: wrong usage. 124: the deadline passed.
    130: interrupted. 134: the guest trapped. Otherwise the guest's own.
    """
    try:
        code = _spinfer.main(arguments, prog_name="spinfer", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SpinferError as error:
        return _report(error)
    except (KeyboardInterrupt, click.exceptions.Abort):
        return EXIT_INTERRUPTED
    return code if isinstance(code, int) else 0


def _report(error: SpinferError) -> int:
    """Say what went wrong, and the exit code for it."""
    match error:
        case GuestCancelled():
            return EXIT_INTERRUPTED
        case GuestDeadline():
            code = EXIT_DEADLINE
        case GuestTrap():
            code = EXIT_TRAP
        case _:
            code = EXIT_OPERATOR
    print(f"Error: {error}", file=sys.stderr)
    return code
