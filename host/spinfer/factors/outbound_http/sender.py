"""Decides where a component's request may go: nowhere, to the app itself, to a component of it, or out.

Each request is decided on its own, so a redirect that a guest follows is as well.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import replace

from spinfer.factors.outbound_http.app import App, NotServed
from spinfer.factors.outbound_http.client import HttpClient
from spinfer.factors.outbound_http.client_tls import ClientTlsContexts
from spinfer.factors.outbound_networking.hosts import AllowedHosts, Destination
from spinfer.factors.outbound_networking.refusals import Refusals
from spinfer.factors.wasi_http import syntax
from spinfer.factors.wasi_http.error_code import (
    DESTINATION_IP_PROHIBITED,
    REQUEST_DENIED,
    REQUEST_URI_INVALID,
    HttpError,
)
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.sending import Sending, Timeouts

SELF = ("", "self", "self.alt")
CHAIN_SUFFIX = ".spin.internal"


class OutboundSender:
    """Sends what components ask for, if their `allowed_outbound_hosts` permit it. Any thread.

    A component that `allowed` does not name may reach nobody. A trigger makes itself known as `app`.
    """

    def __init__(
        self,
        client: HttpClient,
        allowed: Mapping[str, AllowedHosts],
        tls: ClientTlsContexts | None = None,
    ) -> None:
        self._client = client
        self._allowed = dict(allowed)
        self._tls = tls or ClientTlsContexts()
        self._refusals = Refusals()
        self.app: App = NotServed()

    def send(self, component: str, request: Request, timeouts: Timeouts) -> Sending:
        """Start it. Raises HttpError for what is refused at once."""
        parts = syntax.host_and_port(request.authority) if request.authority else ("", None)
        if parts is None:
            raise HttpError(REQUEST_URI_INVALID)
        destination = Destination(request.scheme, *parts)
        self.check(component, destination)
        if destination.host in SELF:
            return self._client.send(self._to_self(request), timeouts)
        if destination.host.endswith(CHAIN_SUFFIX):
            return self.app.call(destination.host.removesuffix(CHAIN_SUFFIX), request)
        self._check_address(destination.host)
        return self._client.send(request, timeouts, self._tls.of(component, destination))

    def check(self, component: str, destination: Destination) -> None:
        """Raises HttpError for what the component may not reach; the log says how to permit it."""
        allowed = self._allowed.get(component, AllowedHosts())
        if destination.host in SELF:
            permitted = allowed.allow_self("http", "https")
            entry = "http://self"
        else:
            permitted = allowed.allow(destination)
            entry = str(destination)
        if not permitted:
            self._refusals.tell(component, entry)
            raise HttpError(REQUEST_DENIED)

    def _to_self(self, request: Request) -> Request:
        origin = self.app.origin
        if origin is None:
            raise HttpError(REQUEST_URI_INVALID)
        return replace(request, scheme=origin.scheme, authority=origin.authority)

    def _check_address(self, host: str) -> None:
        """A host that is an address is not looked up, so the client's resolver never sees it."""
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return
        if self._client.config.blocked.block(host):
            raise HttpError(DESTINATION_IP_PROHIBITED)
