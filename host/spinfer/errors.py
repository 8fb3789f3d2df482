"""Every exception the host raises on purpose, and whose fault each one is.

    SpinferError
    ├── OperatorError        what the operator wrote or asked for is wrong: `Error: …`, exit code 1
    │   ├── ManifestError      spin.toml
    │   ├── ConfigError        spinfer.toml, the command line, the environment
    │   ├── ComponentError     a component file that cannot be loaded or linked
    │   ├── ModelError         a model file that cannot be found, read or loaded
    │   ├── DownloadError      a file that could not be fetched
    │   └── WorkerError        no process is left that serves requests
    ├── InferenceError       an answer the guest receives as a value of `fermyon:spin/llm`'s `error`
    │   ├── ModelNotSupported  the catalog has no such model
    │   ├── InvalidInput       a prompt or parameter the model cannot take
    │   ├── InferenceFailed    the model could not answer
    │   │   └── Busy             its queue is full
    │   └── Cancelled          the caller went away; nobody is left to read this one
    └── GuestTrap            the guest ended badly: one log line, and the trigger's way of saying so
        ├── GuestDeadline      it ran past its deadline
        ├── GuestOutOfMemory   it asked for more memory than it was granted
        └── GuestCancelled     its caller went away

Anything else that surfaces is a mistake of ours: it is not caught, and its traceback is logged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


class SpinferError(Exception):
    """The root: catch it only where a process ends."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake of the operator's: the thing, the place and the cure."""

    what: str
    where: str = ""
    cure: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        cure = f"\n  {self.cure}" if self.cure else ""
        return f"{place}{self.what}{cure}"


class OperatorError(SpinferError):
    """Print it after `Error: ` and exit with 1: it is complete, and written for the person who reads it."""

    def __init__(self, what: str, *, where: str = "", cure: str = "") -> None:
        super().__init__()
        self.problems: tuple[Problem, ...] = (Problem(what, where, cure),)

    @classmethod
    def listing(cls, problems: Iterable[Problem]) -> Self:
        """One error that lists every mistake found. At least one problem is required."""
        error = cls("")
        error.problems = tuple(problems)
        assert error.problems, "an error needs a problem"
        return error

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class ManifestError(OperatorError):
    """Mend spin.toml; `problems` holds every mistake with its key path."""


class ConfigError(OperatorError):
    """Mend spinfer.toml, the option or the variable that `where` names."""


class ComponentError(OperatorError):
    """Rebuild or replace the component file."""


class ModelError(OperatorError):
    """Replace the model file, or give it the room it needs."""


class DownloadError(OperatorError):
    """Mend the address or what the server wants, or try again: what has arrived is kept.

    `status` is what an HTTP server answered with, where that is what went wrong.
    """

    status: int | None = None


class WorkerError(OperatorError):
    """Look at what the log says of how they ended; the machine may be out of memory."""


class InferenceError(SpinferError):
    """Lower it to the guest; its text is the guest's message."""


class ModelNotSupported(InferenceError):
    """Tell the operator which models there are; the guest gets `model-not-supported`."""


class InvalidInput(InferenceError):
    """The guest gets `invalid-input` with this text."""


class InferenceFailed(InferenceError):
    """The guest gets `runtime-error` with this text."""


class Busy(InferenceFailed):
    """Try again later: the model's queue is full."""


class Cancelled(InferenceError):
    """The caller cancelled; unwind without answering."""


class GuestTrap(SpinferError):
    """Report it and forget the instance: it cannot be entered again.

    `component` and `function` name what trapped, `reason` is one sentence, and `backtrace` (may be empty)
    is the guest's own stack for the debug log.
    """

    def __init__(self, component: str, function: str, reason: str, backtrace: str = "") -> None:
        super().__init__(f"component `{component}` trapped in `{function}`: {reason}")
        self.component = component
        self.function = function
        self.reason = reason
        self.backtrace = backtrace


class GuestDeadline(GuestTrap):
    """Raise the deadline, or mend the guest's loop."""


class GuestOutOfMemory(GuestTrap):
    """Raise the memory limit, or mend the guest's appetite."""


class GuestCancelled(GuestTrap):
    """The caller went away, so the guest was ended."""
