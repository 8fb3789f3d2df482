"""How a guest ended, in one plain sentence: from what bindings raised to what the host reports."""

from __future__ import annotations

import re

from spinfer.bindings.traps import Trapped
from spinfer.errors import Cancelled, GuestCancelled, GuestDeadline, GuestOutOfMemory, GuestTrap

INTERRUPTED = "interrupted by the clock"
"""What the clock traps a guest with."""

_REASONS = {
    "unreachable-code-reached": "it gave up (a panic, an abort, or memory that it could not get)",
    "stack-overflow": "its call stack is exhausted (endless recursion?)",
    "memory-out-of-bounds": "it touched memory outside its own",
    "heap-misaligned": "it touched memory at a wrong alignment",
    "table-out-of-bounds": "it called a function pointer that does not exist",
    "indirect-call-to-null": "it called a function pointer that is null",
    "bad-signature": "it called a function pointer of another type",
    "integer-overflow": "an integer overflowed",
    "integer-division-by-zero": "it divided by zero",
    "bad-conversion-to-integer": "it turned a number into an integer that cannot hold it",
    "uncaught-exception": "it threw an exception that nothing caught",
    "cannot-enter-component": "it was entered while it must not be",
    "cannot-leave-component": "it called the host while it must not",
    "string-out-of-bounds": "it passed a string that lies outside its memory",
    "list-out-of-bounds": "it passed a list that lies outside its memory",
    "invalid-char": "it passed a character that does not exist",
    "invalid-discriminant": "it passed a variant that has no such case",
    "unaligned-pointer": "it passed a pointer at a wrong alignment",
}
_OUT_OF_MEMORY = re.compile(
    r"exceeds memory limits|allocation size too large|failed to allocate|out of memory"
)
_OUT_OF_ROOM = re.compile(r"resource limit exceeded|exceeds table limits")


def ending(
    failure: BaseException, component: str, function: str, *, overdue_s: float | None = None
) -> BaseException:
    """What to raise for `failure`: a GuestTrap for what is the guest's, anything else as it is.

    `overdue_s`: the deadline that passed, so that an interruption is a GuestDeadline; None: none did.
    """
    match failure:
        case Cancelled():
            kind, reason = _interruption(overdue_s)
            return kind(component, function, reason)
        case Trapped():
            kind, reason = _verdict(failure, overdue_s)
            return kind(component, function, reason, "\n".join(failure.frames))
        case _:
            return failure


def _verdict(trap: Trapped, overdue_s: float | None) -> tuple[type[GuestTrap], str]:
    if trap.message == INTERRUPTED:
        return _interruption(overdue_s)
    if _OUT_OF_MEMORY.search(trap.message):
        return GuestOutOfMemory, f"out of memory: {trap.message}"
    if _OUT_OF_ROOM.search(trap.message):
        return GuestTrap, f"it needs more than it is granted: {trap.message}"
    return GuestTrap, _REASONS.get(trap.code or "", trap.message)


def _interruption(overdue_s: float | None) -> tuple[type[GuestTrap], str]:
    if overdue_s is not None:
        return GuestDeadline, f"it ran past its deadline of {overdue_s:g} s"
    return GuestCancelled, "its caller went away"
