"""The deprecated `allowed_http_hosts`, and what its entries mean in `allowed_outbound_hosts`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator

from spinfer.documents.table import mistake, quoted

ALLOW_ALL = "insecure:allow-all"

DATABASES = ("redis://*:*", "mysql://*:*", "postgres://*:*")
"""What every component could reach before there was `allowed_outbound_hosts`."""

_AUTHORITY = re.compile(r"(?P<host>[^\s/:@{}\[\]?#]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>\d{1,5}))?")


def outbound_hosts(http_hosts: Iterable[str]) -> tuple[str, ...]:
    """The same permission, in the words of `allowed_outbound_hosts`."""
    hosts = tuple(http_hosts)
    if ALLOW_ALL in hosts:
        return ("http://*:*", "https://*:*", "http://self")
    return tuple(entry for host in hosts for entry in _entries(host))


def _entries(host: str) -> Iterator[str]:
    authority = _authority(host)
    if authority == "self":
        yield "http://self"
    else:
        yield f"http://{authority}"
        yield f"https://{authority}"


def _authority(text: str) -> str:
    """`host[:port]`, without the `http://` or `https://` and the final `/` that an entry may have."""
    return re.sub(r"^https?://", "", text).removesuffix("/")


def _http_host(text: str) -> str:
    if text == ALLOW_ALL:
        return text
    authority = _AUTHORITY.fullmatch(_authority(text))
    if authority and int(authority["port"] or 0) < 2**16:
        return text
    raise mistake(
        f"{quoted(text)} is not `host` or `host:port`",
        'for example: allowed_outbound_hosts = ["https://api.example.com"], which replaces this key',
    )


HttpHost = Annotated[str, AfterValidator(_http_host)]
"""One entry of `allowed_http_hosts`."""
