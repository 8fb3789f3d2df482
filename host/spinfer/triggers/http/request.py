"""An HTTP request as the trigger sees it: its head, as values, and whether it can be served at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

Header = tuple[str, bytes]
"""A name in lower case, and its value."""

_AUTHORITY = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")

_OF_BODIES = ("content-length", "transfer-encoding")


class RequestHead(NamedTuple):
    """What stands before the body."""

    method: str
    scheme: str
    """`http` or `https`."""
    authority: str
    """The Host header: `example.com:3000`."""
    path: str
    """As it was sent, without the query."""
    query: str
    """Without its question mark; empty for none."""
    headers: tuple[Header, ...]
    client: str
    """`ip:port`."""
    version: str = "1.1"

    @property
    def path_with_query(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def has_body(self) -> bool:
        """Whether something follows the head: one of two headers says so (RFC 9112, 6.3)."""
        return any(name in _OF_BODIES for name, _ in self.headers)

    @property
    def takes_trailers(self) -> bool:
        """The client says `TE: trailers`: it looks at what stands behind a body (RFC 9110, 6.5.1)."""
        said = [value.lower().split(b",") for name, value in self.headers if name == "te"]
        return any(part.strip() == b"trailers" for parts in said for part in parts)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path_with_query}"


class BadRequest(Exception):
    """Answer 400: the request names no valid authority."""


def from_scope(scope: Mapping[str, Any]) -> RequestHead:
    """The head in an ASGI scope. Raises BadRequest when its authority is missing or makes no sense."""
    headers = tuple([(name.decode("latin-1").lower(), value) for name, value in scope["headers"]])
    return RequestHead(
        scope["method"],
        scope["scheme"],
        _authority(headers),
        scope["raw_path"].decode("latin-1") or "/",
        scope["query_string"].decode("latin-1"),
        headers,
        _client(scope.get("client")),
        scope.get("http_version", "1.1"),
    )


def _authority(headers: tuple[Header, ...]) -> str:
    hosts = [value for name, value in headers if name == "host"]
    host = hosts[0].decode("latin-1").strip() if len(hosts) == 1 else ""
    if not _AUTHORITY.fullmatch(host):
        raise BadRequest("a request needs one valid Host header")
    return host


def _client(address: tuple[str, int] | None) -> str:
    if address is None:
        return "0.0.0.0:0"
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
