"""`[[client_tls]]` against a server that asks for a certificate: who is trusted, and who says what it is."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from spinfer.bindings.values import Err, Ok
from spinfer.config.outbound import ClientTls
from spinfer.errors import ConfigError
from spinfer.factors.outbound_http.client import HttpClient
from spinfer.factors.outbound_http.client_tls import ClientTlsContexts
from spinfer.factors.outbound_http.sender import OutboundSender
from spinfer.factors.outbound_networking.hosts import AllowedHosts, Destination
from spinfer.factors.wasi_http import error_code
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.sending import Timeouts
from spinfer.factors.wasi_io.poll import wait_any
from spinfer.inference.cancellation import Cancellation

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")

ANYWHERE = AllowedHosts.parse(["*://*:*"])


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`server.pem` and `client.pem`, each its own authority, with their keys."""
    folder = tmp_path_factory.mktemp("pem")
    for name in ("server", "client"):
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        names = ["-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        files = ["-out", f"{name}.pem", "-keyout", f"{name}.key"]
        command = ["openssl", "req", "-x509", *curve, *names, *files]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return folder


@contextmanager
def server(pem: Path) -> Iterator[tuple[str, list[str]]]:
    """Answers each connection that brings `client.pem`; its authority, and who came."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem / "server.pem", pem / "server.key")
    context.load_verify_locations(pem / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    came: list[str] = []

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                if connection.recv(1, socket.MSG_PEEK) == b".":
                    return
                with context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(65536)
                    subject = dict(pair for (pair,) in tls.getpeercert()["subject"])
                    came.append(subject["commonName"])
                    tls.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        try:
            yield f"localhost:{port}", came
        finally:
            with socket.create_connection(("127.0.0.1", port)) as last:
                last.sendall(b".")
                thread.join()


def entry(pem: Path, *components: str, hosts: tuple[str, ...] = ("localhost",), **more: object) -> ClientTls:
    return ClientTls(component_ids=components, hosts=hosts, ca_roots_file=pem / "server.pem", **more)


def identity(pem: Path) -> dict[str, object]:
    return {"client_cert_file": pem / "client.pem", "client_private_key_file": pem / "client.key"}


def outcome(component: str, authority: str, *entries: ClientTls) -> object:
    with HttpClient() as client:
        sender = OutboundSender(client, {component: ANYWHERE}, ClientTlsContexts(entries))
        sending = sender.send(component, Request("GET", "https", authority, "/"), Timeouts(20, 20, 20))
        wait_any([sending.outcome], Cancellation())
        found = sending.outcome.peek()
        assert found is not None
        return found.value


def test_a_component_with_an_identity(pem: Path) -> None:
    with server(pem) as (authority, came):
        answer = outcome("web", authority, entry(pem, "other", "web", **identity(pem)))
        assert isinstance(answer, Ok)
        assert answer.value.status == 204
        assert came == ["client"]


def test_another_component_has_neither_trust_nor_identity(pem: Path) -> None:
    with server(pem) as (authority, came):
        assert outcome("poor", authority, entry(pem, "web", **identity(pem))) == Err(
            error_code.TLS_CERTIFICATE_ERROR
        )
        assert isinstance(outcome("web", authority, entry(pem, "web")), Err)
        assert came == []


def test_which_entry_it_is(pem: Path) -> None:
    with_port = entry(pem, "web", hosts=("LOCALHOST:8443",))
    contexts = ClientTlsContexts([entry(pem, "web"), with_port])
    usual = contexts.of("web", Destination("https", "localhost", 443))
    special = contexts.of("web", Destination("https", "localhost", 8443))
    assert usual is not None
    assert special is not None
    assert usual is not special
    assert contexts.of("web", Destination("https", "localhost")) is usual
    assert contexts.of("web", Destination("https", "elsewhere")) is None
    assert contexts.of("poor", Destination("https", "localhost")) is None


def test_files_that_are_none(pem: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"client_tls: .*gone\.pem: ca_roots_file cannot be used: there is no"
    ):
        ClientTlsContexts(
            [ClientTls(component_ids=("a",), hosts=("b",), ca_roots_file=tmp_path / "gone.pem")]
        )
    (tmp_path / "text.pem").write_text("hello")
    swapped = {"client_cert_file": tmp_path / "text.pem", "client_private_key_file": pem / "client.key"}
    with pytest.raises(
        ConfigError, match="client_cert_file, or its key, cannot be used: it is no certificate"
    ):
        ClientTlsContexts([entry(pem, "a", **swapped)])
