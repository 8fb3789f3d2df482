"""Real guests, of a few lines, behind a real server: what `spinfer up` serves, in this process."""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fakes import wat_http, wat_http_2023
from spinfer.assembly import http as assembly
from spinfer.manifest import load as manifests
from spinfer.runtime.limits import Limits
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import target
from spinfer.triggers.http.listener import Address

FAR = 30.0

Up = Callable[..., "Served"]


@dataclass(frozen=True)
class Served:
    address: Address

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self.connect()
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address.host, self.address.port, timeout=FAR)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """Serve components, by route: each is component text, and a component of its own."""
    with ExitStack() as closing:

        def up(guests: dict[str, bytes], **limits: float) -> Served:
            manifest = ["spin_manifest_version = 2", 'application = { name = "app", version = "2" }']
            for number, (route, text) in enumerate(guests.items()):
                (tmp_path / f"{number}.wat").write_bytes(text)
                manifest.append(f'[[trigger.http]]\nroute = "{route}"\ncomponent = "c{number}"')
                manifest.append(f'[component.c{number}]\nsource = "{number}.wat"')
            parsed = manifests.loads("\n".join(manifest), tmp_path / "spin.toml")
            app = assembly.HttpApp(
                manifest=parsed,
                target=target.of_manifest(parsed),
                address=Address("127.0.0.1", 0),
                models={},
                logs=LogSettings(None),
                limits=replace(Limits(), **limits),
                use_cache=False,
            )
            host = closing.enter_context(assembly.HttpHost(app, lambda *_: None, lambda _: None))
            trigger, address = host.listen(host.load())
            trigger.start()

            def end() -> None:
                trigger.cancel()
                trigger.cancel()
                assert trigger.wait(FAR)

            closing.callback(end)
            return Served(address)

        yield up


def test_a_guest_answers_again_and_again(up: Up) -> None:
    served = up({"/hello": wat_http.saying(b"Hello")})
    connection = served.connect()
    for _ in range(5):
        connection.request("GET", "/hello")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"Hello")
    connection.close()


@pytest.mark.parametrize("version", [wat_http_2023.OCTOBER, wat_http_2023.NOVEMBER, wat_http_2023.DECEMBER])
def test_guests_of_the_release_candidates(up: Up, version: str) -> None:
    served = up({"/": wat_http_2023.saying(version, b"since 2023")})
    assert served.ask("/")[::2] == (200, b"since 2023")


@pytest.mark.parametrize("size", [0, 1, 70_000, 1 << 20])
def test_a_body_there_and_back(up: Up, size: int) -> None:
    served = up({"/": wat_http.echoing()})
    content = bytes(i * 7 % 251 for i in range(size))
    status, _, body = served.ask("/", "POST", content)
    assert (status, hashlib.sha256(body).digest()) == (200, hashlib.sha256(content).digest())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (wat_http.TRAPPING, "it trapped in `wasi:http/incoming-handler@0.2.3#handle`: it gave up"),
        (wat_http.SILENT, "it returned without a response"),
    ],
    ids=["trapping", "silent"],
)
def test_a_guest_that_gives_no_response(
    up: Up, caplog: pytest.LogCaptureFixture, text: bytes, said: str
) -> None:
    served = up({"/bad/...": text, "/good": wat_http.saying(b"still here")})
    status, headers, body = served.ask("/bad/x")
    assert (status, headers["content-length"], body) == (500, "0", b"")
    [line] = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert line.startswith(f"component `c0`, route `/bad/...`: {said}")
    assert served.ask("/good")[2] == b"still here"


def test_a_guest_that_loops_past_its_deadline(up: Up, caplog: pytest.LogCaptureFixture) -> None:
    served = up({"/loop": wat_http.LOOPING, "/good": wat_http.saying(b"yes")}, deadline_s=0.2)
    assert served.ask("/loop")[0] == 500
    assert "it ran past its deadline of 0.2 s" in caplog.text
    until(lambda: served.ask("/good")[2] == b"yes")  # where the machine is busy, not at once


def test_a_guest_that_loops_while_its_response_is_read(up: Up, caplog: pytest.LogCaptureFixture) -> None:
    for deadline_s in (0.3, 3.0, 30.0):  # until it suffices for the response
        connection = up({"/": wat_http.saying_and_looping(b"half")}, deadline_s=deadline_s).connect()
        connection.request("GET", "/")
        answer = connection.getresponse()
        if answer.status == 200:
            break
        connection.close()
    with pytest.raises(http.client.IncompleteRead) as caught:
        answer.read()
    assert caught.value.partial == b"half"
    connection.close()
    until(lambda: "past its deadline" in caplog.text)


def test_a_body_that_is_not_finished_breaks_off(up: Up) -> None:
    served = up({"/": wat_http.ABANDONING})
    connection = served.connect()
    connection.request("GET", "/")
    with pytest.raises((http.client.IncompleteRead, http.client.RemoteDisconnected)):
        connection.getresponse().read()
    connection.close()


def test_a_client_that_goes_away_ends_a_loop(up: Up, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="spinfer.triggers.http")
    served = up({"/": wat_http.saying_and_looping(b"begun")})
    client = socket.create_connection((served.address.host, served.address.port), timeout=FAR)
    client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
    assert client.recv(1000).startswith(b"HTTP/1.1 200")
    client.close()
    until(lambda: "its caller went away" in caplog.text)


def test_many_at_once_and_none_mixed_up(up: Up) -> None:
    served = up({"/echo": wat_http.echoing(), "/say": wat_http.saying(b"say"), "/trap": wat_http.TRAPPING})

    def ask(number: int) -> bool:
        match number % 3:
            case 0:
                content = str(number).encode() * 10_000
                return served.ask("/echo", "POST", content)[::2] == (200, content)
            case 1:
                return served.ask("/say")[::2] == (200, b"say")
        return served.ask("/trap")[0] == 500

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(ask, range(120)))


@pytest.mark.parametrize(
    ("method", "number"),
    [("GET", 0), ("POST", 1), ("PUT", 2), ("DELETE", 3), ("PATCH", 4), ("OPTIONS", 6)],
)
def test_the_old_interface(up: Up, method: str, number: int) -> None:
    served = up({"/old": wat_http.LEGACY})
    status, headers, body = served.ask("/old", method, b"x" * 100_000)
    assert (status, headers["x-legacy"], body) == (210 + number, "yes", b"x" * 100_000)


def test_the_old_interface_knows_seven_methods(up: Up) -> None:
    served = up({"/old": wat_http.LEGACY})
    status, headers, body = served.ask("/old", "TRACE")
    assert (status, headers["content-length"], body) == (405, "0", b"")


def test_the_apps_own_routes(up: Up) -> None:
    served = up({"/": wat_http.saying(b"x")})
    assert json.loads(served.ask("/.well-known/spin/info")[2]) == {"name": "app", "version": "2"}


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + FAR
    while not condition():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.005)
