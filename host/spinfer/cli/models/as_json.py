"""What a command prints for programs instead of people."""

from __future__ import annotations

import json

import click

JSON = click.option("--json", "as_json", is_flag=True, help="Print it as JSON, for programs.")


def print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
