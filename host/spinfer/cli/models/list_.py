"""`spinfer models list`: the models of the store, and those beside the app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import click

from spinfer.cli import options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.models.columns import ago, columns, parameters
from spinfer.cli.models.project import BESIDE, Project
from spinfer.cli.terminal import configure_logging
from spinfer.downloads.amounts import amount
from spinfer.gguf_header.header import BadHeader
from spinfer.gguf_header.summary import summarize
from spinfer.model_store.manifest import Alias, Entry, Model
from spinfer.model_store.store import Store

HEAD = ("NAME", "ARCHITECTURE", "PARAMETERS", "QUANTIZATION", "SIZE", "CONTEXT", "LAST USED", "FROM")


@dataclass(frozen=True, slots=True)
class Row:
    """One name. None: it is not known, or of an alias not its own."""

    name: str
    source: str
    alias_of: str | None = None
    architecture: str | None = None
    parameters: int | None = None
    quantization: str | None = None
    bytes: int | None = None
    context_tokens: int | None = None
    licence: str | None = None
    last_used: str | None = None
    """ISO 8601."""
    path: str | None = None
    problem: str | None = None


@click.command("list")
@JSON
@options.VERBOSE
def list_(as_json: bool, verbose: int) -> None:
    """List the models that apps can use by name: those of the store, and those beside this app."""
    configure_logging(verbose)
    store = Store()
    rows = [*_local(Project(Path.cwd(), store)), *(_stored(store, entry) for entry in store.entries())]
    if as_json:
        print_json([asdict(row) for row in rows])
    elif rows:
        click.echo(columns(HEAD, [_cells(row) for row in rows]))
    else:
        click.echo(
            "There are no models yet. `spinfer models pull` gets one; `spinfer models discover` looks around."
        )


def _stored(store: Store, entry: Entry) -> Row:
    match entry:
        case Alias():
            return Row(entry.name, "alias", alias_of=entry.model)
        case Model():
            used = store.last_used(entry.name)
            path = store.file(entry)
            return Row(
                name=entry.name,
                source=entry.source,
                architecture=entry.summary.architecture,
                parameters=entry.summary.parameters,
                quantization=entry.summary.quantization,
                bytes=entry.size,
                context_tokens=entry.summary.context_tokens,
                licence=entry.licence,
                last_used=None if used is None else used.isoformat(timespec="seconds"),
                path=str(path),
                problem=None if path.is_file() else "its file is gone",
            )


def _local(project: Project) -> Iterator[Row]:
    """Their headers are read: an app has few models of its own."""
    for name, path in project.local():
        try:
            found = summarize(path)
        except (BadHeader, OSError) as e:
            yield Row(name, str(BESIDE), path=str(path), problem=str(e))
        else:
            yield Row(
                name=name,
                source=str(BESIDE),
                architecture=found.architecture,
                parameters=found.parameters,
                quantization=found.quantization,
                bytes=found.bytes,
                context_tokens=found.trained_context,
                licence=found.license,
                path=str(path),
            )


def _cells(row: Row) -> list[str]:
    if row.alias_of is not None:
        return [row.name, f"→ {row.alias_of}", *[""] * 6]
    if row.problem is not None:
        return [row.name, row.architecture or "", *[""] * 5, f"{row.source}: {row.problem}"]
    used = None if row.last_used is None else datetime.fromisoformat(row.last_used)
    return [
        row.name,
        row.architecture or "",
        parameters(row.parameters),
        row.quantization or "",
        "" if row.bytes is None else amount(row.bytes),
        str(row.context_tokens or ""),
        ago(used),
        row.source,
    ]
