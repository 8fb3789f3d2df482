"""Whether a disk has room for what is to come."""

from __future__ import annotations

import shutil
from pathlib import Path

from spinfer.downloads.amounts import amount
from spinfer.errors import DownloadError

_SPARE_BYTES = 16 << 20
"""Left free on the disk."""


def check(folder: Path, needed: int, label: str) -> None:
    """`needed` bytes more, in a folder that is there. Raises DownloadError, OSError."""
    free = shutil.disk_usage(folder).free
    if needed > max(0, free - _SPARE_BYTES):
        raise DownloadError(
            f"{label} needs {amount(needed)}, and {amount(free)} are free on this disk",
            where=str(folder),
            cure="Make room, or choose a smaller file.",
        )
