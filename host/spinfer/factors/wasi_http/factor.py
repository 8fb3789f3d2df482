"""`wasi:http` as a factor: messages as handles, and a way out for requests. Needs `wasi:io` beside it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.wasi_http import handles, interface, outgoing_handler, release_candidates
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
        october, november = (interface.OCTOBER,), (interface.NOVEMBER,)
        return (
            self._types(interface.VERSIONS, release_candidates.FINAL),
            self._types(november, release_candidates.NOVEMBER),
            self._types(october, release_candidates.OCTOBER),
            self._handler((*interface.VERSIONS, *november), outgoing_handler.FUNCTIONS),
            self._handler(october, release_candidates.OCTOBER_HANDLER),
        )

    def _types(self, versions: tuple[str, ...], functions: tuple[Function, ...]) -> Interface:
        return Interface(interface.TYPES, versions, self.name, functions, (*handles.ALL, *_SHARED))

    def _handler(self, versions: tuple[str, ...], functions: tuple[Function, ...]) -> Interface:
        kinds = (handles.OUTGOING_REQUEST, handles.REQUEST_OPTIONS, handles.FUTURE_INCOMING_RESPONSE)
        return Interface(interface.OUTGOING_HANDLER, versions, self.name, functions, kinds)

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: whom a component may ask is decided for each request."""

    def prepare(self, guest: Guest) -> AbstractContextManager[WasiHttpState]:
        return nullcontext(WasiHttpState(guest.component, self._sender))
