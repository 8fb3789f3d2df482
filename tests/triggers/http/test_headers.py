"""What a guest is told about its request."""

from __future__ import annotations

import pytest

from spinfer.triggers.http.headers import for_guest
from spinfer.triggers.http.request import BadRequest, RequestHead, from_scope
from spinfer.triggers.http.routes import Route, Routes


def scope(**changes: object) -> dict[str, object]:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "raw_path": b"/base/foo/bar",
        "query_string": b"key1=value1",
        "headers": [(b"Host", b"example.com:3000"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 8777),
        **changes,
    }


def received(head: RequestHead, route: str) -> list[tuple[str, bytes]]:
    found = Routes([(Route.parse(route), None)]).find(head.path)
    assert found is not None
    return list(for_guest(head, found))


def test_the_hosts_own() -> None:
    assert received(from_scope(scope()), "/base/:user_ID/...") == [
        ("host", b"example.com:3000"),
        ("accept", b"*/*"),
        ("spin-path-info", b"/bar"),
        ("spin-full-url", b"https://example.com:3000/base/foo/bar?key1=value1"),
        ("spin-matched-route", b"/base/:user_ID/..."),
        ("spin-base-path", b"/"),
        ("spin-raw-component-route", b"/base/:user_ID/..."),
        ("spin-component-route", b"/base/:user_ID"),
        ("spin-client-addr", b"127.0.0.1:8777"),
        ("spin-path-match-user-id", b"foo"),
    ]


@pytest.mark.parametrize("name", [b"spin-path-info", b"Spin-Anything", b"SPIN_full_url", b"spin-"])
def test_a_client_cannot_speak_for_the_host(name: bytes) -> None:
    head = from_scope(scope(headers=[(b"host", b"a"), (name, b"forged"), (b"spinner", b"kept")]))
    values = [value for _, value in received(head, "/...")]
    assert b"forged" not in values
    assert b"kept" in values


@pytest.mark.parametrize("name", ["connection", "transfer-encoding", "upgrade", "keep-alive"])
def test_what_concerns_the_connection_stays_there(name: str) -> None:
    head = from_scope(scope(headers=[(b"host", b"a"), (name.encode(), b"x")]))
    assert name not in dict(received(head, "/..."))


def test_a_repeated_header_is_repeated() -> None:
    head = from_scope(scope(headers=[(b"host", b"a"), (b"x", b"1"), (b"x", b"\xff")]))
    assert [value for name, value in received(head, "/...") if name == "x"] == [b"1", b"\xff"]


@pytest.mark.parametrize(
    "hosts",
    [[], [b""], [b"a", b"b"], [b"a b"], [b"a/b"], [b"user@a"], [b"a:port"], [b"a:123456"], [b"\xff"]],
)
def test_an_authority_is_needed(hosts: list[bytes]) -> None:
    with pytest.raises(BadRequest):
        from_scope(scope(headers=[(b"host", host) for host in hosts]))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:3000", "[::1]:3000", "a-b.example", "a:"])
def test_authorities(host: str) -> None:
    assert from_scope(scope(headers=[(b"host", host.encode())])).authority == host


@pytest.mark.parametrize(
    ("name", "follows"), [(b"Content-Length", True), (b"transfer-encoding", True), (b"content-type", False)]
)
def test_a_body_is_announced(name: bytes, follows: bool) -> None:
    assert from_scope(scope(headers=[(b"host", b"a"), (name, b"5")])).has_body is follows


def test_a_client_by_ipv6_and_a_client_without_address() -> None:
    assert from_scope(scope(client=("::1", 5))).client == "[::1]:5"
    assert from_scope(scope(client=None)).client == "0.0.0.0:0"
