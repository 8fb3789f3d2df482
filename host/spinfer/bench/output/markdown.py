"""Results as Markdown: for a pull request, or to be kept in git."""

from __future__ import annotations

from spinfer.bench.metrics import METRICS
from spinfer.bench.output.columns import Column, notes, tables
from spinfer.bench.output.facts import facts
from spinfer.bench.summary import CellSummary, Summary


def report(summary: Summary) -> str:
    """The whole report."""
    title = summary.experiment.name or "spinfer bench"
    parts = [f"# {title}", "\n".join(f"- {note}" for note in notes(summary))]
    for name, columns in tables(summary):
        parts.append(f"## {name}\n\n{table(columns, summary.cells)}")
    parts.append(f"## Environment\n\n{_environment(summary)}")
    parts.append(f"## What the columns say\n\n{_legend(summary)}")
    return "\n\n".join(filter(None, parts)) + "\n"


def table(columns: list[Column], cells: tuple[CellSummary, ...]) -> str:
    heads = [_escaped(f"{column.head} ({column.unit})" if column.unit else column.head) for column in columns]
    rules = ["---:" if column.numeric else "---" for column in columns]
    rows = [[_escaped(column.text(cell)) for column in columns] for cell in cells]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rules, *rows))


def _environment(summary: Summary) -> str:
    rows = [f"| {_escaped(name)} | {_escaped(value)} |" for name, value in facts(summary)]
    return "\n".join(["| | |", "|---|---|", *rows])


def _legend(summary: Summary) -> str:
    present = {name for cell in summary.cells for name in cell.stats}
    lines = [
        f"- **{metric.label}**{f' ({metric.unit})' if metric.unit else ''}: {metric.says}."
        for metric in METRICS
        if metric.name in present
    ]
    lines.append("- ± is half of the 95 % confidence interval of the mean (bootstrap over requests).")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
