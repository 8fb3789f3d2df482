"""`spinfer models rm`: forget models of the store."""

from __future__ import annotations

import click

from spinfer.cli import options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.terminal import configure_logging
from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError, Problem
from spinfer.model_store.store import Store


@click.command
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@JSON
@options.VERBOSE
def rm(names: tuple[str, ...], as_json: bool, verbose: int) -> None:
    """Remove models or aliases from the store, one after the other, and the files that only they needed.

    A model that an alias stands for stays. Files that lie elsewhere, another program's say, are left alone.
    """
    configure_logging(verbose)
    store = Store()
    removed: dict[str, int] = {}
    problems: list[Problem] = []
    for name in dict.fromkeys(names):
        try:
            removed[name] = store.remove(name)
        except ModelError as e:
            problems.extend(e.problems)
    if as_json:
        print_json([{"name": name, "freed_bytes": freed} for name, freed in removed.items()])
    else:
        for name, freed in removed.items():
            click.echo(f"{name}: removed{f', {amount(freed)} are free again' if freed else ''}")
    if problems:
        raise ModelError.listing(problems)
