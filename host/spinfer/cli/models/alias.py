"""`spinfer models alias`: another name for a model."""

from __future__ import annotations

import click

from spinfer.cli import options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.terminal import configure_logging
from spinfer.model_store.store import Store


@click.command
@click.argument("name", metavar="NAME")
@click.argument("target", metavar="MODEL")
@JSON
@options.VERBOSE
def alias(name: str, target: str, as_json: bool, verbose: int) -> None:
    """Let NAME stand for MODEL, a model of the store; nothing is copied.

    \b
      spinfer models alias llama2-chat llama3.2-1b
    """
    configure_logging(verbose)
    made = Store().alias(name, target)
    if as_json:
        print_json({"name": made.name, "alias_of": made.model})
    else:
        click.echo(f"{made.name} → {made.model}")
