"""Where a server is: an `http` or `https` URL."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from spinfer.documents.table import mistake

EXAMPLE = "write for example `https://api.example.com`"


def _address(text: str) -> str:
    """Mistakes do not quote it: people write passwords into URLs."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as e:
        raise mistake("this is no URL", EXAMPLE) from e
    if parts.scheme not in ("http", "https") or not host:
        raise mistake("this is no URL of a web server", EXAMPLE)
    if parts.username is not None or parts.password is not None:
        raise mistake("a URL in a configuration must not hold a password", "give the key by itself")
    if parts.query or parts.fragment:
        raise mistake("the URL has a query or a fragment", "leave it out: paths are added to the URL")
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_address)]
"""Without a final `/`; a path in it is kept."""
