"""`wasi:http` as a factor: messages as handles, and a way out for requests. Needs `wasi:io` beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from spinfer.bindings.imports import Interface
from spinfer.factors.base import Guest
from spinfer.factors.wasi_http import (
    calls_bodies,
    calls_fields,
    calls_requests,
    calls_responses,
    handles,
    interface,
    outgoing_handler,
)
from spinfer.factors.wasi_http.sending import Sender
from spinfer.factors.wasi_http.state import WasiHttpState
from spinfer.factors.wasi_io.handles import ERROR, INPUT_STREAM, OUTPUT_STREAM, POLLABLE

_SHARED = (ERROR, ERROR.named("io-error"), INPUT_STREAM, OUTPUT_STREAM, POLLABLE)
"""Those of `wasi:io` that `wasi:http/types` uses."""


class WasiHttpFactor:
    """HTTP messages for guests. `sender` sends the requests that they make."""

    name = "wasi-http"

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def interfaces(self) -> Sequence[Interface]:
        types = (
            *calls_fields.FUNCTIONS,
            *calls_requests.FUNCTIONS,
            *calls_responses.FUNCTIONS,
            *calls_bodies.FUNCTIONS,
        )
        return (
            Interface(interface.TYPES, interface.VERSIONS, self.name, types, (*handles.ALL, *_SHARED)),
            Interface(
                interface.OUTGOING_HANDLER,
                interface.VERSIONS,
                self.name,
                outgoing_handler.FUNCTIONS,
                (handles.OUTGOING_REQUEST, handles.REQUEST_OPTIONS, handles.FUTURE_INCOMING_RESPONSE),
            ),
        )

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: whom a component may ask is decided for each request."""

    def prepare(self, guest: Guest) -> AbstractContextManager[WasiHttpState]:
        return nullcontext(WasiHttpState(guest.component, self._sender))
