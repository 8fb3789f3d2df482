"""How far a run is, while it runs: a line for each cell that is complete, and on a terminal a bar."""

from __future__ import annotations

from statistics import fmean

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from spinfer.bench import metrics
from spinfer.bench.cells import Cell
from spinfer.bench.record import Record


class LiveProgress:
    """In a `with` block. Elsewhere than on a terminal the lines alone appear, plain."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("requests,"),
            TimeElapsedColumn(),
            TextColumn("gone,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("preparing", total=None)
        self._planned = 0

    def phase(self, text: str) -> None:
        self._bars.update(self._task, description=text)

    def planned(self, requests: int, done: int) -> None:
        self._planned += requests
        self._bars.update(self._task, description="measuring", total=self._planned)
        self._bars.advance(self._task, done)

    def asked(self, record: Record) -> None:
        self._bars.advance(self._task)

    def finished(self, cell: Cell, records: list[Record]) -> None:
        self._console.print(f"{cell.label}: {_told(records)}", markup=False, highlight=False)

    def __enter__(self) -> LiveProgress:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()


def _told(records: list[Record]) -> str:
    answered = [metrics.speed(record) for record in records if not record.failed]
    parts = []
    for name in ("decode_tps", "ttft", "e2e"):
        values = [value for each in answered if (value := each[name]) is not None]
        if values:
            metric = metrics.BY_NAME[name]
            parts.append(f"{metric.label} {metric.shown(fmean(values))} {metric.unit}")
    if failed := len(records) - len(answered):
        parts.append(f"{failed} of {len(records)} failed")
    return ", ".join(parts) or "no answers"
