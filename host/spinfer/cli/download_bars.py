"""Downloads, as a person sees them: a bar for each file on a terminal, lines elsewhere; all on stderr."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from spinfer.downloads.amounts import amount


class DownloadBars:
    """Hears of downloads, from any thread; nothing is shown before the first byte, or the first note."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def at(self, label: str, done: int, total: int | None) -> None:
        with self._lock:
            if label not in self._tasks:
                self._begin(label, done, total)
            self._bars.update(self._tasks[label], completed=done, total=total)

    def note(self, label: str, text: str) -> None:
        self._console.print(f"{label}: {text}", highlight=False, markup=False, soft_wrap=True)

    def end(self, label: str) -> None:
        with self._lock:
            task = self._tasks.pop(label, None)
            if task is not None:
                self._bars.stop_task(task)
            if not self._tasks:
                self._bars.stop()

    def _begin(self, label: str, done: int, total: int | None) -> None:
        self._bars.start()
        self._tasks[label] = self._bars.add_task(label, total=total, completed=done)
        if not self._console.is_terminal:
            size = "" if total is None else f" ({amount(total)})"
            self._console.print(f"Downloading {label}{size} …", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def download_bars() -> Iterator[DownloadBars]:
    """While the block runs. Bars of files that are done stay on the screen."""
    bars = DownloadBars(Console(stderr=True))
    try:
        yield bars
    finally:
        bars._bars.stop()
