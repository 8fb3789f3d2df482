"""Service chaining: one component asks another of the same app, in memory, without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from spinfer.bindings.values import Err, Ok, Some
from spinfer.factors.outbound_http.app import Origin
from spinfer.factors.wasi_http.error_code import (
    CONNECTION_LIMIT_REACHED,
    DESTINATION_NOT_FOUND,
    HttpError,
    internal_error,
)
from spinfer.factors.wasi_http.messages import Request, Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Outcome, Sending
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.guest_threads import Full, GuestThreads
from spinfer.triggers.http.headers import for_guest
from spinfer.triggers.http.request import RequestHead
from spinfer.triggers.http.routes import Match, Route

THREADS = 128
"""Guests that answer other guests at once. None of them ever waits for a thread: those who wait for each
other would wait for ever."""

_WHOLE_PATH = Route.parse("/...")
_NOBODYS_ADDRESS = "0.0.0.0:0"


class ServedApp:
    """The running app, as its own components may ask it. Any thread."""

    def __init__(self, origin: Origin, guests: Mapping[str, Guest], threads: GuestThreads) -> None:
        """`threads` have no queue, and are not those that answer clients."""
        self._origin = origin
        self._guests = dict(guests)
        self._threads = threads

    @property
    def origin(self) -> Origin:
        return self._origin

    def call(self, component: str, request: Request) -> Sending:
        """Have that component answer. Raises HttpError when there is none, or no thread for it."""
        guest = self._guests.get(component)
        if guest is None:
            raise HttpError(DESTINATION_NOT_FOUND)
        exchange = Exchange(replace(request, headers=_headers(request)))
        outcome: Promise[Outcome] = Promise()
        exchange.answer.subscribe(lambda: _pass_on(exchange, outcome))
        try:
            self._threads.submit(lambda: guest.serve(exchange, f"{component}.spin.internal"))
        except Full as e:
            raise HttpError(CONNECTION_LIMIT_REACHED) from e
        return Sending(outcome, exchange.cancellation.cancel)


def _headers(request: Request) -> tuple[tuple[str, bytes], ...]:
    """As for a request of `/...` that has no client."""
    path, _, query = request.path_with_query.partition("?")
    head = RequestHead(
        request.method,
        request.scheme,
        request.authority,
        path,
        query,
        tuple((name.lower(), value) for name, value in request.headers),
        _NOBODYS_ADDRESS,
    )
    return for_guest(head, Match(_WHOLE_PATH, None, {}, path))


def _pass_on(exchange: Exchange, outcome: Promise[Outcome]) -> None:
    match exchange.answer.peek():
        case Some(Response() as response):
            outcome.keep(Ok(response))
        case Some(None):
            outcome.keep(Err(internal_error("the component gave no response")))
