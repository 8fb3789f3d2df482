"""What may stand in an HTTP message: names, values, methods, schemes, authorities and targets. Pure.

The grammar is RFC 9110's and RFC 3986's. What a guest writes is checked before it reaches a wire, so no guest
can add a header or a request of its own to somebody's connection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from spinfer.bindings.values import Case

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+\-.]*")
_HOST = r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~!$&'()*+,;=%]+"
_AUTHORITY = re.compile(rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=%:]*@)?(?P<host>{_HOST})(?::(?P<port>\d{{0,5}}))?")
_TARGET = re.compile(r"\*|[/?][\x21\x22\x24-\x7e]*|")
_LENGTH = re.compile(rb"[0-9]{1,19}")
_STATUS = range(100, 1000)

METHODS = ("get", "head", "post", "put", "delete", "connect", "options", "trace", "patch")
_METHOD_CASES = {name.upper(): Case(name) for name in METHODS}
_SCHEME_CASES = {"http": Case("HTTP"), "https": Case("HTTPS")}

FORBIDDEN = frozenset({
    "connection", "host", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "proxy-connection", "transfer-encoding", "upgrade",
})  # fmt: skip
"""Field names that belong to the connection, not to the message: guests neither see nor set them."""


is_name: Final[Callable[[str], object]] = _TOKEN.fullmatch
"""Whether it can be a field's name: something true if so."""

is_value: Final[Callable[[bytes], object]] = _VALUE.fullmatch
"""Whether it can be a field's value: no CR, LF or NUL, no blank at either end. Something true if so."""


def is_forbidden(name: str) -> bool:
    return name.lower() in FORBIDDEN


def method_case(method: str) -> Case:
    """`"GET"` as WIT's `method`; methods are written in capitals, others keep what they are."""
    return _METHOD_CASES.get(method) or Case("other", method)


def method_text(method: Case) -> str | None:
    """The method's name on the wire, None if it can be none."""
    if method.name != "other":
        return method.name.upper()
    text = str(method.value)
    return text if is_name(text) else None


def scheme_case(scheme: str) -> Case:
    return _SCHEME_CASES.get(scheme.lower()) or Case("other", scheme)


def scheme_text(scheme: Case) -> str | None:
    """`http`, `https` or another, None if it can be none."""
    if scheme.name != "other":
        return scheme.name.lower()
    text = str(scheme.value)
    return text.lower() if _SCHEME.fullmatch(text) else None


def is_target(path_with_query: str) -> bool:
    """Whether it can be a request's path and query: `/a?b`, `*`, or nothing."""
    return _TARGET.fullmatch(path_with_query) is not None


def is_status(code: int) -> bool:
    return code in _STATUS


def host_and_port(authority: str) -> tuple[str, int | None] | None:
    """`Example.com:8080` → `("example.com", 8080)`, without credentials; brackets of IPv6 are dropped.

    None if it is no authority.
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else None
    if port is not None and port > 0xFFFF:
        return None
    return match["host"].strip("[]").lower(), port


def content_length(values: list[bytes]) -> int | None:
    """What `content-length` fields say together. Raises ValueError where they say nothing sensible."""
    if not values:
        return None
    said = {value.strip() for line in values for value in line.split(b",")}
    if len(said) > 1 or not _LENGTH.fullmatch(text := said.pop()):
        raise ValueError("content-length is not one number")
    return int(text)
