"""What a guest's end means, in one plain sentence: pure, from wasmtime's words to ours."""

from __future__ import annotations

import re

_PLAIN = (
    ("`unreachable` instruction", "it gave up (a panic, an abort, or memory that could not be had)"),
    ("call stack exhausted", "its call stack is exhausted (endless recursion?)"),
    ("out of bounds memory access", "it touched memory outside its own"),
    ("misaligned memory access", "it touched memory at a wrong alignment"),
    ("undefined element: out of bounds table access", "it called through a table entry that does not exist"),
    ("out of bounds table access", "it touched a table entry that does not exist"),
    ("uninitialized element", "it called a function pointer that is null"),
    ("indirect call type mismatch", "it called a function pointer of another type"),
    ("integer divide by zero", "it divided by zero"),
    ("integer overflow", "an integer overflowed"),
    ("invalid conversion to integer", "it converted a number that no integer can hold"),
    ("cannot enter component instance", "it was entered again, which a component cannot be after a trap"),
    ("cannot leave component instance", "it called the host where a component must not"),
    ("uncaught exception", "an exception was thrown and never caught"),
)
_UNKNOWN_IMPORT = re.compile(r"unknown import: `(?P<interface>.+)#(?P<function>[^#`]+)` has not been defined")
_OUT_OF_MEMORY = re.compile(r"exceeds memory limits|allocation size too large|failed to allocate memory")
_CAUSE_NUMBER = re.compile(r"^\s*\d+:\s+")
