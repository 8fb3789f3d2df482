"""What a server's answer to a request for a file means; looks at its head alone and does nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

_TRY_AGAIN = {408, 425, 429}
"""Beside every 5xx."""


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes follow, from `start` of the file on. `total`: of the whole file, where it is known."""

    start: int
    total: int | None
    validator: str | None


@dataclass(frozen=True, slots=True)
class Beyond:
    """There is nothing from where we asked on; the file has `total` bytes, where that is said."""

    total: int | None


@dataclass(frozen=True, slots=True)
class Later:
    """Not now. `after_s`: when to ask again, where that is said."""

    why: str
    after_s: float | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Asking again would not help."""

    why: str
    status: int


Meaning = Body | Beyond | Later | Refusal


def meaning(status: int, headers: Mapping[str, str], now: datetime) -> Meaning:
    """`headers` by any case of their names. By RFC 9110, sections 14 (ranges) and 10.2.3 (Retry-After)."""
    match status:
        case 200:
            return Body(0, _number(headers.get("content-length")), _validator(headers))
        case 206:
            return _part(headers)
        case 416:
            found = re.fullmatch(r"bytes \*/(\d+)", headers.get("content-range", ""))
            return Beyond(int(found[1]) if found else None)
        case _ if status in _TRY_AGAIN or status >= 500:
            return Later(f"the server answers {named(status)}", _retry_after(headers, now))
    return Refusal(f"the server answers {named(status)}", status)


def named(status: int) -> str:
    """`404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _part(headers: Mapping[str, str]) -> Meaning:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("content-range", ""))
    if found is None:
        return Refusal("the server sends a part of the file and does not say which", 206)
    return Body(int(found[1]), _number(found[2]), _validator(headers))


def _validator(headers: Mapping[str, str]) -> str | None:
    """What `If-Range` may name this version by: not a weak ETag, two of which may mean different bytes."""
    etag = headers.get("etag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("last-modified")


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    stated = headers.get("retry-after", "").strip()
    if (seconds := _number(stated)) is not None:
        return float(seconds)
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else None
