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
    """Hears of work on files, from any thread; nothing is shown before the first byte, or the first note."""

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

    def at(self, work: str, done: int, total: int | None) -> None:
        with self._lock:
            if work not in self._tasks:
                self._begin(work, done, total)
            self._bars.update(self._tasks[work], completed=done, total=total)

    def note(self, file: str, text: str) -> None:
        self._console.print(f"{file}: {text}", highlight=False, markup=False, soft_wrap=True)

    def end(self, work: str) -> None:
        with self._lock:
            task = self._tasks.pop(work, None)
            if task is not None:
                self._bars.stop_task(task)
            if not self._tasks:
                self._rest()

    def stop(self) -> None:
        """Whatever is under way is shown no longer."""
        with self._lock:
            self._tasks.clear()
            self._rest()

    def _rest(self) -> None:
        """Leave the bars as they are on the screen: those of the next files stand below them."""
        self._bars.stop()
        for task in self._bars.task_ids:
            self._bars.remove_task(task)

    def _begin(self, work: str, done: int, total: int | None) -> None:
        self._bars.start()
        self._tasks[work] = self._bars.add_task(work, total=total, completed=done)
        if not self._console.is_terminal:
            size = "" if total is None else f" ({amount(total)})"
            self._console.print(f"{work}{size} …", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def download_bars() -> Iterator[DownloadBars]:
    """While the block runs. Bars of files that are done stay on the screen."""
    bars = DownloadBars(Console(stderr=True))
    try:
        yield bars
    finally:
        bars.stop()
