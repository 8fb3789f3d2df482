"""How far a request has come, and what running out of time means there. Runs on the client's event loop.

| phase | may take | then |
|---|---|---|
| waiting for a free connection | connect | connection-limit-reached |
| looking up the name | what is left of connect | DNS-timeout |
| connecting, TLS included | what is left of connect | connection-timeout |
| waiting for the response's head | first byte | connection-read-timeout |
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Final, cast

import aiohttp

from spinfer.bindings.values import Case
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.sending import Timeouts

_Handler = Callable[[aiohttp.ClientSession, SimpleNamespace, object], Awaitable[None]]


class Phases:
    """One request's deadline, which moves on with its phases: use it `async with phases.deadline`."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self.late: Case = error_code.CONNECTION_TIMEOUT
        """What to say if the deadline passes now."""
        self.deadline = asyncio.timeout(timeouts.connect_s)

    def connected(self) -> None:
        self.late = error_code.CONNECTION_READ_TIMEOUT
        self.deadline.reschedule(asyncio.get_running_loop().time() + self._timeouts.first_byte_s)


def tracing() -> aiohttp.TraceConfig:
    """Tells the `Phases` that a request has as its trace context where it is."""
    trace = aiohttp.TraceConfig()
    for signal, late in _CONNECTING:
        getattr(trace, signal).append(_entering(late))
    trace.on_connection_create_end.append(_connected)
    trace.on_connection_reuseconn.append(_connected)
    return trace


_CONNECTING: Final = (
    ("on_connection_queued_start", error_code.CONNECTION_LIMIT_REACHED),
    ("on_connection_queued_end", error_code.CONNECTION_TIMEOUT),
    ("on_dns_resolvehost_start", error_code.DNS_TIMEOUT),
    ("on_dns_resolvehost_end", error_code.CONNECTION_TIMEOUT),
)


def _entering(late: Case) -> _Handler:
    async def enter(_session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: object) -> None:
        _phases(context).late = late

    return enter


async def _connected(_session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: object) -> None:
    _phases(context).connected()


def _phases(context: SimpleNamespace) -> Phases:
    return cast(Phases, context.trace_request_ctx)
