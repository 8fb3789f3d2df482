"""File descriptors of the host's, each owned by one object, and how many of them one guest may hold."""

from __future__ import annotations

import errno
import os
from typing import Final

from spinfer.factors.wasi.filesystem.codes import refusal

MAX_OPEN: Final = 256
"""Files, folders and their streams of one instance: the process has only so many for all."""


class OpenFiles:
    """Counts what one instance holds open. Guest thread."""

    def __init__(self, limit: int = MAX_OPEN) -> None:
        self._limit = limit
        self._open = 0

    def __len__(self) -> int:
        return self._open

    def own(self, fd: int) -> OpenFile:
        """Take over `fd`. Raises OSError, and closes it, when there are too many."""
        if self._open >= self._limit:
            os.close(fd)
            raise refusal(errno.EMFILE)
        self._open += 1
        return OpenFile(fd, self)

    def _closed(self) -> None:
        self._open -= 1


class OpenFile:
    """One file descriptor, closed once."""

    __slots__ = ("_files", "fd")

    def __init__(self, fd: int, files: OpenFiles) -> None:
        self.fd = fd
        self._files = files

    def duplicate(self) -> OpenFile:
        """The same open file under a descriptor of its own, which may outlive this one. Raises OSError."""
        return self._files.own(os.dup(self.fd))

    def sibling(self, fd: int) -> OpenFile:
        """Take over `fd`, opened by the same guest. Raises OSError."""
        return self._files.own(fd)

    def close(self) -> None:
        os.close(self.fd)
        self._files._closed()
