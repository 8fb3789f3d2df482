"""Who watches a download, as a protocol; the command line draws bars."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of downloads, each by its label. Called on the thread that downloads."""

    def at(self, label: str, done: int, total: int | None) -> None:
        """`done` bytes of the file are here; `total` is None while nobody knows."""

    def note(self, label: str, text: str) -> None:
        """Something a person who waits should know: a pause, a new beginning."""

    def end(self, label: str) -> None:
        """It is over, well or badly."""


class Unwatched:
    """Nobody looks."""

    def at(self, label: str, done: int, total: int | None) -> None:
        pass

    def note(self, label: str, text: str) -> None:
        pass

    def end(self, label: str) -> None:
        pass
