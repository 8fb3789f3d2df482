"""The ASGI application: from a request to its route, from the route to an answer. Runs on the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any

from spinfer.factors.wasi_http.error_code import CONNECTION_READ_TIMEOUT, CONNECTION_TERMINATED
from spinfer.factors.wasi_http.messages import BodyWriter, Request, Response
from spinfer.factors.wasi_io.event_loop import ready
from spinfer.manifest.application import Application
from spinfer.triggers.http.answers import BAD_REQUEST, BUSY, FAILED, NOT_FOUND, Answer, of_well_known
from spinfer.triggers.http.connection import GONE, TRAIL, TRAILERS
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.guest_threads import Full, GuestThreads
from spinfer.triggers.http.headers import for_guest
from spinfer.triggers.http.reply import BadResponse, Receive, Send, Trail, send_answer, send_response
from spinfer.triggers.http.request import BadRequest, RequestHead, from_scope
from spinfer.triggers.http.routes import Match, Routes
from spinfer.triggers.http.waiting import begun

BODY_IDLE_S = 60.0
"""How long a client may send nothing of a body that it has begun."""
BODY_BYTES_PER_S = 100
"""What a client has to send of its body on average, so that it cannot keep a guest by a byte now and then."""

log = logging.getLogger(__name__)

Target = Guest | Answer


class App:
    """One application. Its methods run on the event loop; guests run on `threads`."""

    def __init__(self, application: Application, routes: Routes[Target], threads: GuestThreads) -> None:
        self._application = application
        self._routes = routes
        self._threads = threads

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI: one HTTP request; the server is configured to send nothing else here."""
        assert scope["type"] == "http", "HTTP alone is served"
        try:
            await self._serve(scope, receive, send)
        except Exception:
            log.exception("the host failed to serve a request")  # the server, which ends it, is silent
            raise

    async def _serve(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        try:
            head = from_scope(scope)
        except BadRequest:
            await send_answer(send, BAD_REQUEST)
            return
        match self._decide(head):
            case Answer() as answer:
                await send_answer(send, answer, head_only=head.method == "HEAD")
            case guest, found:
                asked = _Asked(head, guest, found, scope["extensions"])
                await self._ask(asked, receive, send)

    def _decide(self, head: RequestHead) -> Answer | tuple[Guest, Match[Target]]:
        well_known = of_well_known(head.path, self._application)
        if well_known is not None:
            return well_known
        found = self._routes.find(head.path)
        if found is None:
            return NOT_FOUND
        return found.target if isinstance(found.target, Answer) else (found.target, found)

    async def _ask(self, asked: _Asked, receive: Receive, send: Send) -> None:
        """Have a guest thread serve the exchange, and carry both bodies meanwhile."""
        exchange = asked.exchange
        try:
            ticket = self._threads.submit(partial(asked.guest.serve, exchange, asked.route))
        except Full:
            await send_answer(send, BUSY)
            return

        def leave(_gone: object = None) -> None:
            exchange.cancellation.cancel()
            if ticket.withdraw():
                exchange.end()

        asked.gone.add_done_callback(leave)
        receiving = asyncio.create_task(_receive(asked, receive)) if asked.has_body else None
        try:
            await _reply(await begun(exchange.answer), asked, send)
        except asyncio.CancelledError:
            leave()
            raise
        finally:
            asked.gone.remove_done_callback(leave)
            if receiving is not None:
                receiving.cancel()
            asked.body.abort(CONNECTION_TERMINATED)  # whoever still reads it waits in vain


class _Asked:
    """A request on its way to a guest."""

    def __init__(
        self, head: RequestHead, guest: Guest, found: Match[Target], extensions: Mapping[str, Any]
    ) -> None:
        """`extensions` are the connection's."""
        self.guest = guest
        self.gone: asyncio.Future[None] = extensions[GONE]
        """Done once the client is: while nobody reads its body, `receive` does not say so."""
        self.trailers: Sequence[tuple[bytes, bytes]] = extensions.get(TRAILERS, ())
        """The client's: complete once the body has been received."""
        self.trail: Trail | None = extensions.get(TRAIL) if head.takes_trailers else None
        """Where the guest's go, if the client wants any."""
        self.route = found.route.raw
        self.head_only = head.method == "HEAD"
        self.chunks = head.version != "1.0"
        self.body = BodyWriter()
        self.has_body = head.has_body
        if not self.has_body:
            self.body.finish()
        self.exchange = Exchange(
            Request(
                head.method,
                head.scheme,
                head.authority,
                head.path_with_query,
                for_guest(head, found),
                self.body.body,
            )
        )


async def _reply(response: Response | None, asked: _Asked, send: Send) -> None:
    if response is None:
        await send_answer(send, FAILED, head_only=asked.head_only)
        return
    try:
        await send_response(send, response, head_only=asked.head_only, chunks=asked.chunks, trail=asked.trail)
    except BadResponse as refusal:
        asked.guest.report(asked.route, f"its response cannot be sent: {refusal}")
        await send_answer(send, FAILED, head_only=asked.head_only)


async def _receive(asked: _Asked, receive: Receive) -> None:
    """The request's body into its pipe, as fast as the guest reads.

    A client that is silent in the middle of its body must not keep a guest: the body breaks off. What it has
    of patience is spent by waiting for it, and earned by what it sends.
    """
    writer, loop = asked.body.pipe.writer, asyncio.get_running_loop()
    patience_s, more = BODY_IDLE_S, True
    while more:
        began = loop.time()
        try:
            async with asyncio.timeout(patience_s):
                message = await receive()
        except TimeoutError:
            asked.body.abort(CONNECTION_READ_TIMEOUT)
            return
        if message["type"] == "http.disconnect":
            asked.body.abort(CONNECTION_TERMINATED)
            return
        body = message["body"]
        patience_s = min(BODY_IDLE_S, patience_s - (loop.time() - began) + len(body) / BODY_BYTES_PER_S)
        if body:
            await ready(writer)
            writer.write(body)
        more = message["more_body"]
    asked.body.finish(tuple((name.decode("latin-1"), value) for name, value in asked.trailers))
