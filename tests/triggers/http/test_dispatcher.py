"""Who gets which connection, and what happens when workers or the operator go; workers are threads here."""

from __future__ import annotations

import http.client
import logging
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field

import pytest

from spinfer.errors import WorkerError
from spinfer.manifest.application import Application
from spinfer.triggers.http import dispatcher
from spinfer.triggers.http.app import App
from spinfer.triggers.http.dispatcher import Dispatcher
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest
from spinfer.triggers.http.guest_threads import GuestThreads
from spinfer.triggers.http.handover import Handover
from spinfer.triggers.http.listener import Address, listen
from spinfer.triggers.http.routes import Route, Routes
from spinfer.triggers.http.server import Server
from spinfer.triggers.http.trigger import HttpTrigger
from triggers.http.conftest import saying

FAR = 20.0


@dataclass
class Served:
    """Workers that answer with their number."""

    port: int
    dispatcher: Dispatcher
    workers: list[HttpTrigger]
    clients: list[http.client.HTTPConnection] = field(default_factory=list)

    def connect(self) -> http.client.HTTPConnection:
        """A client of its own, that stays connected."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=FAR)
        self.clients.append(client)
        return client

    def ask(self, client: http.client.HTTPConnection | None = None) -> int:
        client = client or self.connect()
        client.request("GET", "/")
        return int(client.getresponse().read())


def worker(number: int, control: socket.socket) -> HttpTrigger:
    threads = GuestThreads(4, 4)

    def answer(exchange: Exchange) -> None:
        saying(b"%d" % number)(exchange)

    app = App(Application(name="a"), Routes([(Route.parse("/..."), Guest("c", answer))]), threads)
    return HttpTrigger(Server(app, Handover(control), grace_s=1), threads)


@contextmanager
def serving(count: int) -> Iterator[Served]:
    pairs = [socket.socketpair() for _ in range(count)]
    listener, address = listen(Address("127.0.0.1", 0))
    workers = [worker(number, far) for number, (_, far) in enumerate(pairs)]
    served = Served(address.port, Dispatcher(listener, [near for near, _ in pairs]), workers)
    for each in workers:
        each.start()
    served.dispatcher.start()
    try:
        yield served
    finally:
        for client in served.clients:
            client.close()
        served.dispatcher.cancel()
        served.dispatcher.cancel()
        assert served.dispatcher.wait(FAR), "the dispatcher does not end"
        for each in workers:
            assert each.wait(FAR), "a worker does not end"


@contextmanager
def joined(count: int = 1) -> Iterator[tuple[list[socket.socket], list[socket.socket]]]:
    """Pairs of sockets, the dispatcher's ends and the workers', closed in the end whatever the test found."""
    pairs = [socket.socketpair() for _ in range(count)]
    try:
        yield [near for near, _ in pairs], [far for _, far in pairs]
    finally:
        for near, far in pairs:
            near.close()
            far.close()


@contextmanager
def dispatching_to_one() -> Iterator[tuple[Dispatcher, socket.socket, int]]:
    """A worker that is ready, as its end of the pipe, which takes little at once; and the port."""
    listener, address = listen(Address("127.0.0.1", 0))
    with joined() as (near, (far,)):
        near[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        far.settimeout(FAR)
        served = Dispatcher(listener, near)
        far.send(b"R")
        served.start()
        yield served, far, address.port


def forget(served: Served) -> None:
    """Every client leaves; returns when the dispatcher knows."""
    for client in served.clients:
        client.close()
    served.clients.clear()
    end = time.monotonic() + FAR
    while any(each.connections for each in served.dispatcher._workers):
        assert time.monotonic() < end, "a connection that is over counts"
        time.sleep(0.001)


def test_connections_are_spread_evenly() -> None:
    with serving(3) as served:
        answers = [served.ask() for _ in range(12)]
        assert {answers.count(number) for number in range(3)} == {4}


def test_a_connection_stays_where_it_is() -> None:
    with serving(2) as served:
        client = served.connect()
        assert len({served.ask(client) for _ in range(10)}) == 1


def test_who_has_fewer_gets_more() -> None:
    with serving(2) as served:
        staying = [served.connect() for _ in range(8)]
        where = [served.ask(client) for client in staying]
        for client, number in zip(staying, where, strict=True):
            if number == 0:
                client.close()
        end = time.monotonic() + FAR
        while sorted(each.connections for each in served.dispatcher._workers) != [0, 4]:
            assert time.monotonic() < end
            time.sleep(0.001)
        assert [served.ask() for _ in range(4)] == [0, 0, 0, 0]


def test_many_clients_at_once() -> None:
    with serving(2) as served:
        answers: list[int] = []

        def ask_often() -> None:
            for _ in range(50):
                with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=FAR)) as client:
                    answers.append(served.ask(client))

        clients = [threading.Thread(target=ask_often) for _ in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(FAR)
        assert len(answers) == 400
        assert set(answers) <= {0, 1}
        forget(served)


def test_a_worker_that_ends_is_done_without(caplog: pytest.LogCaptureFixture) -> None:
    with serving(2) as served:
        served.workers[0].cancel()
        served.workers[0].cancel()
        assert served.workers[0].wait(FAR)
        end = time.monotonic() + FAR
        while "a process that serves requests has ended; 1 of them go on" not in caplog.text:
            assert time.monotonic() < end
            time.sleep(0.001)
        assert {served.ask() for _ in range(6)} == {1}


def test_the_last_worker_ends(caplog: pytest.LogCaptureFixture) -> None:
    listener, _ = listen(Address("127.0.0.1", 0))
    with joined() as (near, (far,)):
        served = Dispatcher(listener, near)
        far.send(b"R")
        served.start()
        assert not served.wait(0)
        far.close()
        with pytest.raises(WorkerError, match="every process that served requests has ended"):
            served.wait(FAR)
    assert "nothing is served any more" in caplog.text
    assert listener.fileno() == -1


def test_no_worker_begins(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    listener, _ = listen(Address("127.0.0.1", 0))
    with joined() as (near, (far,)):
        far.close()
        with pytest.raises(WorkerError, match="no process could be started"):
            Dispatcher(listener, near).start()


def test_clients_wait_while_every_worker_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that reads nothing: the pipe to it fills up, and what it could not be told is told later."""
    monkeypatch.setattr(dispatcher, "PAUSE_S", 0.001)
    with dispatching_to_one() as (served, far, port), ExitStack() as closing_all:
        clients = [
            closing_all.enter_context(socket.create_connection(("127.0.0.1", port), timeout=FAR))
            for _ in range(40)
        ]
        end = time.monotonic() + FAR
        while served._held is None:
            assert time.monotonic() < end, "the pipe takes everything"
            time.sleep(0.001)
        for _ in clients:
            said, files, _, _ = socket.recv_fds(far, 1, 1)
            assert said == b"C"
            with socket.socket(fileno=files[0]) as client:
                client.send(b"x")
        assert [client.recv(1) for client in clients] == [b"x"] * 40
        served.cancel()
        assert far.recv(1) == b"E"
        far.close()
        assert served.wait(FAR)


def test_the_last_client_waits_no_longer_than_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody comes after it who would wake the dispatcher."""
    monkeypatch.setattr(dispatcher, "PAUSE_S", 0.001)
    with dispatching_to_one() as (served, far, port), ExitStack() as closing_all:
        clients = 0
        end = time.monotonic() + FAR
        while served._held is None:
            assert time.monotonic() < end, "the pipe takes everything"
            client = socket.create_connection(("127.0.0.1", port), timeout=FAR)
            closing_all.enter_context(client)
            clients += 1
            while served._held is None and sum(each.connections for each in served._workers) < clients:
                assert time.monotonic() < end, "it is neither held nor handed over"
        time.sleep(0.05)  # many pauses, after each of which it is tried in vain
        for _ in range(clients):
            _, files, _, _ = socket.recv_fds(far, 1, 1)
            socket.socket(fileno=files[0]).close()
        far.close()
        with pytest.raises(WorkerError):
            served.wait(FAR)


def test_a_worker_whose_dispatcher_dies_ends() -> None:
    with joined() as ((near,), (far,)):
        orphan = worker(0, far)
        orphan.start()
        assert near.recv(1) == b"R"
        near.close()
        assert orphan.wait(FAR)


def test_it_begins_when_all_workers_are_ready() -> None:
    listener, address = listen(Address("127.0.0.1", 0))
    with joined(2) as (near, (first, second)):
        served = Dispatcher(listener, near)
        starting = threading.Thread(target=served.start)
        starting.start()
        with closing(socket.create_connection(("127.0.0.1", address.port), timeout=FAR)):
            first.send(b"R")
            first.settimeout(0.1)
            with pytest.raises(TimeoutError):
                first.recv(1)
            second.send(b"R")
            starting.join(FAR)
            (handed, *_), _, _ = select.select([first, second], [], [], FAR)
            said, files, _, _ = socket.recv_fds(handed, 1, 1)
            assert said == b"C"
            socket.socket(fileno=files[0]).close()
        first.close()
        second.close()
        with pytest.raises(WorkerError):
            served.wait(FAR)
