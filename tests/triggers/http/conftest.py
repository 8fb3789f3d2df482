"""A whole server on a port of the system's choosing, with guests that are Python functions."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from spinfer.factors.wasi_http.messages import BodyWriter, Response, full_body
from spinfer.manifest.application import Application
from spinfer.triggers.base import Trigger
from spinfer.triggers.http.answers import Answer
from spinfer.triggers.http.app import App
from spinfer.triggers.http.dispatcher import Dispatcher
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.guest_threads import GuestThreads
from spinfer.triggers.http.handover import Handover
from spinfer.triggers.http.listener import Address, listen
from spinfer.triggers.http.routes import Route, Routes
from spinfer.triggers.http.server import Server, Tls
from spinfer.triggers.http.trigger import HttpTrigger

Answering = Callable[[Exchange], None]


FAR = 30.0
"""Seconds after which a test that waits has failed."""


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    trigger: Trigger
    threads: GuestThreads

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=FAR)

    def raw(self, sent: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=FAR)
        connection.sendall(sent)
        return connection

    def ask(
        self, path: str = "/", method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


@dataclass(frozen=True)
class HandedOver:
    """A dispatcher, and the server of its only worker, as one trigger."""

    dispatcher: Dispatcher
    server: HttpTrigger

    def start(self) -> None:
        self.dispatcher.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        return self.dispatcher.wait(timeout_s) and self.server.wait(timeout_s)

    def cancel(self) -> None:
        self.dispatcher.cancel()

    def exit_code(self) -> int:
        return self.dispatcher.exit_code()


Serve = Callable[..., Served]


@contextmanager
def serving(
    routes: Mapping[str, Answering | Answer],
    *,
    threads: int = 4,
    queue: int = 4,
    tls: Tls | None = None,
    grace_s: int = 5,
    handed_over: bool = False,
) -> Iterator[Served]:
    """`handed_over`: connections are accepted by a dispatcher, as if the server were in another process."""
    pool = GuestThreads(threads, queue)
    targets = [
        (Route.parse(raw), target if isinstance(target, Answer) else Guest("app", target))
        for raw, target in routes.items()
    ]
    listener, address = listen(Address("127.0.0.1", 0))
    app = App(Application(name="test-app", version="1.2.3"), Routes(targets), pool)
    if handed_over:
        control, far = socket.socketpair()
        server = HttpTrigger(Server(app, Handover(far), tls, grace_s=grace_s), pool)
        server.start()
        trigger: Trigger = HandedOver(Dispatcher(listener, [control]), server)
    else:
        trigger = HttpTrigger(Server(app, listener, tls, grace_s=grace_s), pool)
    trigger.start()
    try:
        yield Served(address.port, trigger, pool)
    finally:
        trigger.cancel()
        trigger.cancel()
        assert trigger.wait(FAR), "the server does not end"


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:
        yield lambda routes, **options: stack.enter_context(serving(routes, **options))


def saying(text: bytes, status: int = 200, headers: tuple[tuple[str, bytes], ...] = ()) -> Answering:
    """A guest that always answers this."""

    def answer(exchange: Exchange) -> None:
        exchange.answer.keep(Response(status, headers, full_body(text)))

    return answer


def streaming(status: int = 200, headers: tuple[tuple[str, bytes], ...] = ()) -> tuple[BodyWriter, Response]:
    """A response whose body is written later."""
    writer = BodyWriter()
    return writer, Response(status, headers, writer.body)
