"""`fermyon:spin/http` as a factor: the old way for guests to ask others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext

from spinfer.bindings.imports import Function, Interface
from spinfer.factors.base import Guest
from spinfer.factors.outbound_http import legacy
from spinfer.factors.wasi_http.sending import Sender


class OutboundHttpFactor:
    """Whole requests through the same `sender` that `wasi:http` uses."""

    name = "outbound-http"

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def interfaces(self) -> Sequence[Interface]:
        functions = (Function("send-request", legacy.SEND_REQUEST, legacy.send_request),)
        return (Interface("fermyon:spin/http", (None,), self.name, functions),)

    def configure(self, components: Collection[str]) -> None:
        """Nothing to refuse: whom a component may ask is decided for each request."""

    def prepare(self, guest: Guest) -> AbstractContextManager[legacy.OutboundState]:
        return nullcontext(legacy.OutboundState(guest.component, self._sender, guest.cancellation))
