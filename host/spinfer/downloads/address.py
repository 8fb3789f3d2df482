"""Addresses of files: as they are asked for, and as they may be shown."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit, urlunsplit

from spinfer.errors import DownloadError


def check(url: str) -> str:
    """The address. Raises DownloadError: it is none that can be fetched."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if fits and url.isprintable() and " " not in url:
        return url
    raise DownloadError(
        f"{url!r} is no http or https address", cure="For example: https://example.com/model.gguf"
    )


def shown(url: str) -> str:
    """Without what may be secret: credentials, and the query, which signs many addresses."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return repr(url)
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def filename(url: str) -> str:
    """The last part of the path, as a person would save it; may be empty."""
    return PurePosixPath(unquote(urlsplit(url).path)).name
