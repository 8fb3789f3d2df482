"""How a guest's call ends when it does not return: wasmtime's errors as two exceptions."""

from __future__ import annotations

import ctypes
import re
from functools import cache

from wasmtime import _ffi as ffi

_TRAP = "wasm trap: "
_BACKTRACE = "error while executing at wasm backtrace:"
_CAUSE = re.compile(r"^    \d+: (.*)$", re.MULTILINE)
"""One cause of several in wasmtime's report; what continues it is indented further."""


class Trapped(Exception):
    """The guest was ended; its instance cannot be entered again.

    `message` is one sentence. `code` is wasmtime's name for the kind of trap (`unreachable-code-reached`,
    `interrupt`, `memory-out-of-bounds`, `stack-overflow`, …), None when there is none. `frames` are the
    guest's functions, innermost first, as `module!function`. A host function raises it to end a guest that
    broke a rule.
    """

    def __init__(self, message: str, code: str | None = None, frames: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.frames = frames


class Exited(Exception):
    """The guest asked to end with this status; 0 is no failure."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


def from_error(error: int) -> Trapped | Exited:
    """The exception for an error's address, which is freed."""
    pointer = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
    try:
        status = ctypes.c_int()
        if ffi.wasmtime_error_exit_status(pointer, ctypes.byref(status)):
            return Exited(status.value)
        sentences = sentences_of(_message(pointer))
        code = _codes().get(sentences[-1])
        message = sentences[-1].removeprefix(_TRAP) if code else ": ".join(sentences)
        return Trapped(message, code, _frames(pointer))
    finally:
        ffi.wasmtime_error_delete(pointer)


def frames_of(error: int) -> tuple[str, ...]:
    """The guest's functions that an error names; the error is freed."""
    pointer = ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t))
    try:
        return _frames(pointer)
    finally:
        ffi.wasmtime_error_delete(pointer)


def _message(pointer: ctypes._Pointer[ffi.wasmtime_error_t]) -> str:
    text = ffi.wasm_byte_vec_t()
    ffi.wasmtime_error_message(pointer, ctypes.byref(text))
    try:
        return bytes(ffi.to_bytes(text)).decode(errors="replace") if text.size else ""
    finally:
        ffi.wasm_byte_vec_delete(ctypes.byref(text))


def sentences_of(report: str) -> list[str]:
    """What wasmtime's report says, from the outermost to the innermost cause, without its backtrace.

    The causes follow `Caused by:`, numbered when there are several; the first line of each is its sentence.
    """
    outer, _, causes = report.strip().partition("\n\nCaused by:\n")
    inner = _CAUSE.findall(causes) or [line.strip() for line in causes.splitlines()[:1]]
    if inner and outer.startswith(_BACKTRACE):
        return inner
    return [outer.partition("\n")[0], *inner]


def _frames(pointer: ctypes._Pointer[ffi.wasmtime_error_t]) -> tuple[str, ...]:
    frames = ffi.wasm_frame_vec_t()
    ffi.wasmtime_error_wasm_trace(pointer, ctypes.byref(frames))
    try:
        return tuple(_frame(frames.data[at]) for at in range(frames.size))
    finally:
        ffi.wasm_frame_vec_delete(ctypes.byref(frames))


def _frame(frame: ctypes._Pointer[ffi.wasm_frame_t]) -> str:
    module = ffi.wasmtime_frame_module_name(frame)
    function = ffi.wasmtime_frame_func_name(frame)
    place = ffi.to_str(function.contents) if function else f"function {ffi.wasm_frame_func_index(frame)}"
    return f"{ffi.to_str(module.contents)}!{place}" if module else place


@cache
def _codes() -> dict[str, str]:
    """Each kind of trap, asked of wasmtime itself: its message → its name."""
    codes = {}
    for code in ffi.wasmtime_trap_code_enum:
        trap = ffi.wasmtime_trap_new_code(code.value)
        text = ffi.wasm_byte_vec_t()
        ffi.wasm_trap_message(trap, ctypes.byref(text))
        message = bytes(ffi.to_bytes(text)).decode().rstrip("\0")
        name = code.name.removeprefix("WASMTIME_TRAP_").removeprefix("CODE_")
        codes[message] = name.lower().replace("_", "-")
        ffi.wasm_byte_vec_delete(ctypes.byref(text))
        ffi.wasm_trap_delete(trap)
    return codes
