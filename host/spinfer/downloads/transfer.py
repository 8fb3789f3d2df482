"""One file on its way: single attempts, each going on where the last one stopped."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from spinfer.downloads import address, room
from spinfer.downloads.amounts import amount
from spinfer.downloads.answers import Beyond, Body, Later, Refusal, meaning
from spinfer.downloads.partial import Origin, Partial
from spinfer.downloads.progress import Progress
from spinfer.errors import DownloadError


@dataclass(frozen=True, slots=True)
class Download:
    """One file to fetch."""

    url: str
    target: Path
    """Where it goes; a file that is there already is taken for it."""
    label: str
    """What a person knows it by."""
    sha256: str | None = None
    """What it must be, as 64 lower-case digits; None: whatever comes."""
    size: int | None = None
    """Bytes, where they are known beforehand."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent to the host of `url`; `Authorization` to no other."""

    @property
    def work(self) -> str:
        """What those who watch are told."""
        return f"Downloading {self.label}"


class Again(Exception):
    """This attempt failed; the next may not."""

    def __init__(self, why: str, after_s: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after_s = after_s


class Transfer:
    """A download, what is here of it, and how to ask for the rest. Call resume() first."""

    def __init__(
        self, download: Download, partial: Partial, client: httpx2.Client, progress: Progress
    ) -> None:
        self.download = download
        self.partial = partial
        self._client = client
        self._progress = progress
        self._origin = Origin(download.url)
        self.pieced = False
        """It consists of what several answers brought."""

    def resume(self) -> None:
        origin = self.partial.resume()
        if origin is None:
            return
        if origin.url == self.download.url:
            self._origin = origin
        elif self.download.sha256 is None:
            self.partial.restart()
        if self.partial.size:
            self._progress.note(self.download.label, f"going on after {amount(self.partial.size)}")

    @property
    def right(self) -> bool:
        return self.download.sha256 in (None, self.partial.sha256)

    def once(self) -> None:
        """Ask once, and take what comes. Raises Again, DownloadError, OSError."""
        try:
            with self._client.stream("GET", self.download.url, headers=self._headers()) as response:
                self._check_secure(response)
                match meaning(response.status_code, response.headers, datetime.now(UTC)):
                    case Body() as body:
                        self._take(body, response)
                    case Beyond(total):
                        self._beyond(total)
                    case Later(why, after_s):
                        raise Again(why, after_s)
                    case Refusal(why, status):
                        raise refused(self.download, why, _CURES.get(status, _CURES[404]), status)
        except (httpx2.TransportError, httpx2.StreamError) as e:
            raise self._failed(e) from e
        except (httpx2.TooManyRedirects, httpx2.InvalidURL) as e:
            raise refused(self.download, f"it leads nowhere: {e}", _CURES[404]) from e

    def _headers(self) -> dict[str, str]:
        headers = dict(self.download.headers)
        if self.partial.size:
            headers["Range"] = f"bytes={self.partial.size}-"
            if self._origin.validator:
                headers["If-Range"] = self._origin.validator
        return headers

    def _take(self, body: Body, response: httpx2.Response) -> None:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise refused(self.download, f"the server sends it as {encoding}, unasked", _CURES[404])
        self._begin(body)
        self._check_size(body.total)
        for block in response.iter_raw():
            self.partial.append(block)
            self._progress.at(self.download.work, self.partial.size, body.total)
        if body.total is not None and self.partial.size != body.total:
            raise Again(f"{amount(self.partial.size)} of {amount(body.total)} came")

    def _begin(self, body: Body) -> None:
        """See that what comes continues what is here; otherwise begin anew."""
        known = self._origin.total
        changed = None not in (known, body.total) and known != body.total
        if body.start == 0 or changed or body.start != self.partial.size:
            self.partial.restart()
        if body.start != self.partial.size:
            raise Again("the server's file has changed meanwhile", 0)
        self.pieced = body.start > 0
        self._origin = Origin(self.download.url, body.validator, body.total)
        self.partial.describe(self._origin)
        self._progress.at(self.download.work, self.partial.size, body.total)

    def _beyond(self, total: int | None) -> None:
        if total is not None and total == self.partial.size > 0:
            self.pieced = True
            return
        self.partial.restart()
        raise Again("the server's file is shorter than what is here", 0)

    def _check_size(self, total: int | None) -> None:
        expected = self.download.size
        if None not in (total, expected) and total != expected:
            raise refused(self.download, f"it has {total} bytes, where {expected} are expected", _CURES[404])
        needed = (total or expected or 0) - self.partial.size
        room.check(self.partial.path.parent, needed, self.download.label)

    def _check_secure(self, response: httpx2.Response) -> None:
        """Without a digest, encryption alone says who sent it."""
        promised = self.download.url.startswith("https:") and self.download.sha256 is None
        if promised and response.url.scheme != "https":
            raise refused(
                self.download,
                f"it leads to {address.shown(str(response.url))}, which is not encrypted",
                "Give the file's SHA-256, so that it can be verified.",
            )

    def _failed(self, error: Exception) -> Exception:
        if isinstance(error, httpx2.UnsupportedProtocol):
            return refused(self.download, f"it leads nowhere: {error}", _CURES[404])
        if isinstance(_root(error), ssl.SSLCertVerificationError):
            return refused(
                self.download,
                f"the server is not who it says it is: {_root(error)}",
                "See to the machine's clock and its certificates (SSL_CERT_FILE), or to the address.",
            )
        match error:
            case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.ProxyError():
                return Again(f"the server cannot be reached ({_said(error)})")
            case httpx2.TimeoutException():
                return Again("the server has fallen silent")
        return Again(f"the connection was cut after {amount(self.partial.size)}")


_CURES = {
    401: "It wants to know who asks: this address needs credentials.",
    403: "Those who ask without permission get nothing there: see whether you have it.",
    404: "See whether the address is right.",
}


def refused(download: Download, what: str, cure: str, status: int | None = None) -> DownloadError:
    """For raising: what is wrong with this download, and what to do."""
    error = DownloadError(
        f"{download.label} cannot be fetched: {what}", where=address.shown(download.url), cure=cure
    )
    error.status = status
    return error


def _root(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


def _said(error: Exception) -> str:
    with suppress(AttributeError):
        return str(_root(error).strerror or error)  # type: ignore[attr-defined]  # of an OSError
    return str(error) or type(error).__name__
