"""Who watches a download, as a protocol; the command line draws bars."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of work on files. Called on the thread that works."""

    def at(self, work: str, done: int, total: int | None) -> None:
        """`work`, such as `Downloading m.gguf`, is done with so many bytes; `total` None: nobody knows."""

    def note(self, file: str, text: str) -> None:
        """Something a person who waits should know: a pause, a new beginning."""

    def end(self, work: str) -> None:
        """It is over, well or badly."""


class Unwatched:
    """Nobody looks."""

    def at(self, work: str, done: int, total: int | None) -> None:
        pass

    def note(self, file: str, text: str) -> None:
        pass

    def end(self, work: str) -> None:
        pass
