"""`spinfer bench compare`: what has changed between two runs."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spinfer.bench import compare as comparing
from spinfer.bench import conditions
from spinfer.bench.compare import Change, Comparison
from spinfer.bench.conditions import BadCondition, Condition
from spinfer.bench.metrics import BY_NAME
from spinfer.bench.output import document
from spinfer.bench.summary import summarize

EXIT_FAILED = 1


@click.command()
@click.argument("before", metavar="A", type=click.Path(path_type=Path))
@click.argument("after", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--fail-if",
    "fail_if",
    multiple=True,
    metavar="CONDITION",
    help="Exit with 1 when a number changed too much, and not by chance: 'decode_tps < -5%'. Repeatable.",
)
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Which numbers to show. Repeatable.")
@click.option("--all", "show_all", is_flag=True, help="Also what has not changed significantly.")
@click.option("--force", is_flag=True, help="Compare although the prompts differ.")
def compare(
    before: Path,
    after: Path,
    fail_if: tuple[str, ...],
    metrics: tuple[str, ...],
    show_all: bool,
    force: bool,
) -> int:
    """Tell what has changed from run A to run B, and whether that is chance.

    A and B are folders of runs, their run.jsonl, or results.json. Requests with the same prompt and seed are
    compared with each other. A change is significant when a permutation test gives p < 0.05.

    \b
      spinfer bench compare main branch --fail-if 'decode_tps < -5%' --fail-if 'correct < -2%'
    """
    wanted = _conditions(fail_if)
    names = [*(_known(metrics) or comparing.DEFAULT_METRICS), *(condition.metric for condition in wanted)]
    runs = [summarize(document.read(path)) for path in (before, after)]
    found = comparing.compare(runs[0], runs[1], names, force=force)
    _show(found, show_all=show_all)
    broken = found.broken(wanted)
    for condition, change in broken:
        click.echo(f"Failed: {condition}: {change.relative:+.1%} in {change.cell.label}", err=True)
    return EXIT_FAILED if broken else 0


def _conditions(texts: tuple[str, ...]) -> list[Condition]:
    try:
        return [conditions.parse(text) for text in texts]
    except BadCondition as e:
        raise click.BadParameter(str(e), param_hint="--fail-if") from e


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in BY_NAME:
            raise click.BadParameter(
                f"there is no number `{name}`; there are {', '.join(BY_NAME)}", param_hint="--metric"
            )
    return names


def _show(found: Comparison, *, show_all: bool) -> None:
    console = Console()
    shown = [change for change in found.changes if show_all or change.significant]
    if shown:
        console.print(_table(shown))
    rest = len(found.changes) - len(shown)
    if rest:
        console.print(
            f"{rest:,} of {len(found.changes):,} numbers have not changed significantly; --all shows them."
        )
    # some of many comparisons are significant by chance
    by_chance = comparing.ALPHA * len(found.changes)
    if len(found.changes) > 1:
        console.print(
            f"By chance alone, about {by_chance:.1f} of {len(found.changes):,} would seem to have changed."
        )
    for note in found.notes:
        console.print(Text(note))


def _table(changes: list[Change]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for head in ("cell", "number", "A", "B", "change", "95 % interval", "p"):
        table.add_column(head, justify="left" if head in ("cell", "number") else "right")
    for change in changes:
        metric = change.metric
        style = "red" if change.worse else ""
        table.add_row(
            change.cell.label,
            f"{metric.label} ({metric.unit})" if metric.unit else metric.label,
            metric.shown(change.before),
            metric.shown(change.after),
            Text("–" if change.relative is None else f"{change.relative:+.1%}", style),
            "–" if change.interval is None else f"{change.interval.low:+.1%} … {change.interval.high:+.1%}",
            "–" if change.p is None else f"{change.p:.3f}",
        )
    return table
