"""Files by their SHA-256 in a folder of this machine, so that each is fetched once for all apps."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from platformdirs import user_cache_path

from spinfer.downloads.progress import Progress
from spinfer.errors import DownloadError

log = logging.getLogger(__name__)


class VerifiedFiles:
    """A folder of files, each under its digest.

    Several processes may share the folder. Every method may be called from any thread.
    """

    def __init__(self, folder: Path | None = None, progress: Progress | None = None) -> None:
        """None: `sources` in the folder for this user's caches."""
        self._folder = folder if folder is not None else user_cache_path("spinfer") / "sources"
        self._progress = progress

    def path(self, sha256: str) -> Path:
        """Where the file of this digest (64 lower-case hexadecimal digits) is, once it has been fetched."""
        return self._folder / f"sha256-{sha256}"

    def fetch(self, url: str, sha256: str, label: str) -> Path:
        """The file, fetched unless it is here; verified each time. Raises DownloadError."""
        path = self.path(sha256)
        if path.is_file() and not self._right(path, sha256):
            log.warning("%s is damaged: fetching it again from its source", path)
            path.unlink(missing_ok=True)
        if not path.is_file():
            # imported here: an HTTP client takes a tenth of a second, which most starts need not spend
            from spinfer.downloads.downloader import Downloader  # noqa: PLC0415
            from spinfer.downloads.transfer import Download  # noqa: PLC0415

            with Downloader(self._progress) as downloader:
                downloader.fetch(Download(url, path, label, sha256))
        return path

    @staticmethod
    def _right(path: Path, sha256: str) -> bool:
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError as e:
            raise DownloadError(
                f"cannot be read: {e.strerror}", where=str(path), cure="Delete it: it is fetched again."
            ) from e
