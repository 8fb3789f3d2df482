"""`--output`: which reports are made of a run, beside the table on the terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from spinfer.bench.journal import Journal
from spinfer.bench.summary import Summary

FORMATS = ("md", "csv", "json", "jsonl", "html", "png")

OUTPUT = click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT",
    help=f"Also write a report: {', '.join(FORMATS)} (pictures). Repeatable; a,b,c works. "
    "The jsonl is always there.",
)


def formats(values: tuple[str, ...]) -> tuple[str, ...]:
    """Raises click.BadParameter."""
    found = tuple(
        dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip())
    )
    for each in found:
        if each not in FORMATS:
            raise click.BadParameter(f"`{each}` is none of {', '.join(FORMATS)}", param_hint="--output")
    return found


def write(summary: Summary, journal: Journal, folder: Path, wanted: tuple[str, ...]) -> list[Path]:
    """Make the reports; where they are. Raises OperatorError."""
    return [path for each in wanted for path in _WRITERS[each](summary, journal, folder)]


def _markdown(summary: Summary, _journal: Journal, folder: Path) -> list[Path]:
    from spinfer.bench.output import markdown  # noqa: PLC0415 - each format imports what it needs

    return [_text(folder / "report.md", markdown.report(summary))]


def _csv(summary: Summary, _journal: Journal, folder: Path) -> list[Path]:
    from spinfer.bench.output import csv  # noqa: PLC0415

    return [
        _text(folder / "cells.csv", csv.cells(summary)),
        _text(folder / "requests.csv", csv.requests(summary)),
    ]


def _json(summary: Summary, journal: Journal, folder: Path) -> list[Path]:
    from spinfer.bench.output import document  # noqa: PLC0415

    return [_text(folder / "results.json", document.report(summary, journal))]


def _jsonl(_summary: Summary, _journal: Journal, folder: Path) -> list[Path]:
    """It is there: the run wrote it."""
    from spinfer.bench.journal import FILE_NAME  # noqa: PLC0415

    return [folder / FILE_NAME]


def _html(summary: Summary, _journal: Journal, folder: Path) -> list[Path]:
    from spinfer.bench.output import html  # noqa: PLC0415

    return [_text(folder / "report.html", html.report(summary))]


def _png(summary: Summary, _journal: Journal, folder: Path) -> list[Path]:
    from spinfer.bench.output import plots  # noqa: PLC0415

    return plots.write(summary, folder)


_WRITERS: dict[str, Callable[[Summary, Journal, Path], list[Path]]] = {
    "md": _markdown,
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "html": _html,
    "png": _png,
}


def _text(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path
