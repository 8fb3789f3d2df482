"""`spinfer bench report`: reports of a run that is there."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from spinfer.bench.output import document, terminal
from spinfer.bench.summary import summarize
from spinfer.cli.bench import reports


@click.command()
@click.argument("results", metavar="RESULTS", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where reports go; beside RESULTS unless told.",
)
@reports.OUTPUT
def report(results: Path, folder: Path | None, outputs: tuple[str, ...]) -> None:
    """Make reports of RESULTS: a run's folder, its run.jsonl, or a results.json.

    Every number is computed anew from the requests that are recorded there.

    \b
      spinfer bench report bench-20260101-120000 -o html,png
    """
    wanted = reports.formats(outputs)
    journal = document.read(results)
    summary = summarize(journal)
    target = folder or (results if results.is_dir() else results.parent)
    target.mkdir(parents=True, exist_ok=True)
    terminal.show(summary, Console())
    for path in reports.write(summary, journal, target, wanted):
        click.echo(f"Written: {path}")
