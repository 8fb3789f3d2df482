"""Results on a terminal: a table, and what has to be known about it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from spinfer.bench.output.columns import Column, notes, tables
from spinfer.bench.summary import Summary

MOST_ROWS = 60


def show(summary: Summary, console: Console) -> None:
    """The tables as far as they fit: the columns from the left, the cells from the first."""
    if not summary.cells:
        console.print("Nothing was measured.")
        return
    left_out: list[str] = []
    for _, found in tables(summary):
        left_out += _print(summary, found, console)
        console.print()
    for line in (*_left_out(summary, left_out), *models(summary), *notes(summary)):
        console.print(Text(line))


def _print(summary: Summary, found: list[Column], console: Console) -> list[str]:
    """The heads of the columns that had no room."""
    shown = summary.cells[:MOST_ROWS]
    texts = [[column.text(cell) for cell in shown] for column in found]
    widths = [
        max(len(column.head), len(column.unit), *map(len, text))
        for column, text in zip(found, texts, strict=True)
    ]
    fitting = _fitting(widths, console.width)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in found[:fitting]:
        table.add_column(_head(column), justify="right" if column.numeric else "left", no_wrap=True)
    for row in zip(*texts[:fitting], strict=True):
        table.add_row(*map(Text, row))
    console.print(table)
    return [column.head for column in found[fitting:]]


def models(summary: Summary) -> list[str]:
    """One line for each model: how long it took to load, and what it is."""
    if not summary.sessions:
        return []
    found = []
    for model in summary.sessions[0]["models"]:
        threads = model.get("threads")
        at = f", {threads} thread{'s' if threads != 1 else ''}" if threads else ""
        what = f" ({model['description']}{at})" if "description" in model else ""
        found.append(f"Model {model['name']}{what}: loaded in {model['cold_load_s']:.2f} s.")
    return found


def _head(column: Column) -> Text:
    return Text.assemble(column.head, "\n", (column.unit, "dim"))


def _fitting(widths: list[int], width: int) -> int:
    used = 0
    for count, each in enumerate(widths):
        used += each + 2
        if used - 2 > width and count > 1:
            return count
    return len(widths)


def _left_out(summary: Summary, heads: list[str]) -> list[str]:
    found = []
    if heads:
        found.append(f"Not shown, for want of room: {', '.join(heads)}.")
    if len(summary.cells) > MOST_ROWS:
        found.append(f"The first {MOST_ROWS} of {len(summary.cells):,} cells; --output csv or html has all.")
    return found
