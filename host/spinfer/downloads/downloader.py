"""From an address to a file that is whole and verified: resumes, waits, tries again, and gives up clearly."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpx2

import spinfer
from spinfer.downloads import address
from spinfer.downloads.partial import Partial, size_so_far
from spinfer.downloads.progress import Progress, Unwatched
from spinfer.downloads.transfer import Again, Download, Transfer, refused
from spinfer.errors import DownloadError

ATTEMPTS = 5
"""Failures in a row, none of which brought a byte, before we give up."""
LONGEST_PAUSE_S = 120.0
"""A server that wants us to wait longer is not waited for."""
_POLL_S = 0.2
_TIMEOUTS = httpx2.Timeout(30.0, connect=15.0)
_AGAIN = "Try again: what has arrived is kept, and it goes on from there."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is there."""

    path: Path
    sha256: str
    size: int


class Downloader:
    """Fetches files, in a `with` block. fetch() may be called from several threads, and blocks.

    An interrupt (KeyboardInterrupt) leaves a beginning behind that the next fetch() goes on from.
    """

    def __init__(
        self, progress: Progress | None = None, *, pause: Callable[[float], object] = time.sleep
    ) -> None:
        """`pause` is how it waits."""
        self._progress = progress or Unwatched()
        self._pause = pause
        self._client = httpx2.Client(
            follow_redirects=True,
            max_redirects=10,
            timeout=_TIMEOUTS,
            headers={"User-Agent": f"spinfer/{spinfer.__version__}", "Accept-Encoding": "identity"},
        )

    def fetch(self, download: Download) -> Fetched:
        """The file at its target, fetched unless it is there; two at once fetch it once.

        Raises DownloadError. Then there is nothing at the target, and what has arrived is beside it.
        """
        address.check(download.url)
        try:
            download.target.parent.mkdir(parents=True, exist_ok=True)
            return self._fetch(download)
        except OSError as e:
            raise DownloadError(
                f"{download.label} cannot be written: {e.strerror or e}",
                where=str(download.target.parent),
                cure=f"Make room, or see to it that this folder can be written. {_AGAIN}",
            ) from e
        finally:
            self._progress.end(download.work)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Downloader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fetch(self, download: Download) -> Fetched:
        told = False
        while True:
            if download.target.is_file():
                return _present(download)
            partial = Partial.claim(download.target)
            if partial is not None:
                with partial:
                    # whoever had it before may have finished between our two looks
                    return _present(download) if download.target.is_file() else self._bring(download, partial)
            if not told:
                self._progress.note(download.label, "somebody else is fetching it: waiting for them")
                told = True
            self._progress.at(download.work, size_so_far(download.target), download.size)
            self._pause(_POLL_S)

    def _bring(self, download: Download, partial: Partial) -> Fetched:
        """All of it, verified, in its place."""
        transfer = Transfer(download, partial, self._client, self._progress)
        transfer.resume()
        self._persist(transfer)
        if not transfer.right and transfer.pieced:
            self._progress.note(download.label, "its parts do not fit together: fetching all of it anew")
            partial.restart()
            self._persist(transfer)
        if not transfer.right:
            found = partial.sha256
            partial.restart()
            raise refused(
                download,
                f"its SHA-256 is {found}, where {download.sha256} is expected",
                "Somebody changed the file, or the digest is mistyped: see which of them is right.",
            )
        fetched = Fetched(download.target, partial.sha256, partial.size)
        partial.finish(download.target)
        return fetched

    def _persist(self, transfer: Transfer) -> None:
        """Ask until it is complete, or there is no hope."""
        failures = 0
        while True:
            before = transfer.partial.size
            try:
                return transfer.once()
            except Again as e:
                failures = 1 if transfer.partial.size > before else failures + 1
                if failures >= ATTEMPTS:
                    raise refused(transfer.download, f"{e.why}, {ATTEMPTS} times in a row", _AGAIN) from e
                pause_s = _backoff(failures) if e.after_s is None else e.after_s
                if pause_s > LONGEST_PAUSE_S:
                    wish = f"and wants us to come back in {round(pause_s / 60)} minutes"
                    raise refused(transfer.download, f"{e.why}, {wish}", _AGAIN) from e
                self._progress.note(transfer.download.label, f"{e.why}: trying again in {pause_s:.0f} s")
                self._pause(pause_s)


def _present(download: Download) -> Fetched:
    """A file that is there; the name of its place answers for its content, where a digest was asked for."""
    if download.sha256 is not None:
        return Fetched(download.target, download.sha256, download.target.stat().st_size)
    with download.target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Fetched(download.target, digest, download.target.stat().st_size)


def _backoff(failures: int) -> float:
    """Longer each time, and not everybody at once."""
    return 0.5 * 2.0 ** (failures - 1) * random.uniform(1.0, 1.5)
