"""`wasi:cli`: environment, arguments, exit and the standard streams, none of which is a terminal."""

from __future__ import annotations

from typing import Final, NoReturn

from spinfer.bindings.hostcall import current
from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.resources import Resource
from spinfer.bindings.traps import Exited
from spinfer.bindings.values import Err, Ok
from spinfer.factors.wasi.state import WasiState
from spinfer.factors.wasi.stdio import LentInput, LentOutput
from spinfer.factors.wasi.versions import NAME, SINCE_OCTOBER
from spinfer.factors.wasi_io.handles import INPUT_STREAM, OUTPUT_STREAM, own_input, own_output

_TERMINAL_INPUT: Final = Resource("terminal-input")
_TERMINAL_OUTPUT: Final = Resource("terminal-output")


def get_environment(state: WasiState) -> list[tuple[str, str]]:
    return list(state.grants.environment)


def get_arguments(state: WasiState) -> list[str]:
    return list(state.grants.arguments)


def initial_cwd(_state: WasiState) -> None:
    """There is none: guests begin at their own root."""


def exit_(_state: WasiState, status: Ok[None] | Err[None]) -> NoReturn:
    raise Exited(0 if isinstance(status, Ok) else 1)


def exit_with_code(_state: WasiState, status_code: int) -> NoReturn:
    raise Exited(status_code)


def get_stdin(state: WasiState) -> int:
    return own_input(current().resources, LentInput(state.stdin))


def get_stdout(state: WasiState) -> int:
    return own_output(current().resources, LentOutput(state.stdout))


def get_stderr(state: WasiState) -> int:
    return own_output(current().resources, LentOutput(state.stderr))


def no_terminal(_state: WasiState) -> None:
    """What a guest writes is logged, and what it reads was not typed."""


def _interface(name: str, functions: tuple[Function, ...], *resources: Resource) -> Interface:
    return Interface(f"wasi:cli/{name}", SINCE_OCTOBER, NAME, functions, resources)


_INPUT = "func() -> option<own<terminal-input>>"
_OUTPUT = "func() -> option<own<terminal-output>>"

INTERFACES: Final = (
    _interface(
        "environment",
        (
            Function("get-environment", "func() -> list<tuple<string, string>>", get_environment),
            Function("get-arguments", "func() -> list<string>", get_arguments),
            Function("initial-cwd", "func() -> option<string>", initial_cwd),
        ),
    ),
    _interface(
        "exit",
        (
            Function("exit", "func(status: result)", exit_),
            Function("exit-with-code", "func(status-code: u8)", exit_with_code),
        ),
    ),
    _interface("stdin", (Function("get-stdin", "func() -> own<input-stream>", get_stdin),), INPUT_STREAM),
    _interface(
        "stdout", (Function("get-stdout", "func() -> own<output-stream>", get_stdout),), OUTPUT_STREAM
    ),
    _interface(
        "stderr", (Function("get-stderr", "func() -> own<output-stream>", get_stderr),), OUTPUT_STREAM
    ),
    _interface("terminal-input", (), _TERMINAL_INPUT),
    _interface("terminal-output", (), _TERMINAL_OUTPUT),
    _interface("terminal-stdin", (Function("get-terminal-stdin", _INPUT, no_terminal),), _TERMINAL_INPUT),
    _interface("terminal-stdout", (Function("get-terminal-stdout", _OUTPUT, no_terminal),), _TERMINAL_OUTPUT),
    _interface("terminal-stderr", (Function("get-terminal-stderr", _OUTPUT, no_terminal),), _TERMINAL_OUTPUT),
)
