"""`wasi:http` as a host declares it: names, versions, and the types that several functions share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from spinfer.bindings.imports import Function
from spinfer.factors.wasi_http.error_code import ERROR_CODE
from spinfer.factors.wasi_io.interface import DECEMBER, NOVEMBER, OCTOBER

TYPES: Final = "wasi:http/types"
OUTGOING_HANDLER: Final = "wasi:http/outgoing-handler"
INCOMING_HANDLER: Final = "wasi:http/incoming-handler"
VERSIONS: Final = ("0.2.0", DECEMBER)
"""Any 0.2.x is served: within a series, patch versions stand for one another. The last release candidate of
2023 agrees with them; `release_candidates` has those that do not."""

METHOD: Final = "variant{get, head, post, put, delete, connect, options, trace, patch, other(string)}"
SCHEME: Final = "variant{HTTP, HTTPS, other(string)}"

__all__ = [
    "ERROR_CODE",
    "INCOMING_HANDLER",
    "METHOD",
    "NOVEMBER",
    "OCTOBER",
    "OUTGOING_HANDLER",
    "SCHEME",
    "TYPES",
    "VERSIONS",
]


def functions(table: Mapping[str, tuple[str, Callable[..., object]]]) -> tuple[Function, ...]:
    """Name → (type, call), as the bindings take them."""
    return tuple(Function(name, type_, call) for name, (type_, call) in table.items())
