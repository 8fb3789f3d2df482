"""`spinfer bench`: measure, compare two runs, report one again; each a module, imported when it is used."""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "compare": "Tell what has changed between two runs, and whether that is chance.",
    "report": "Make reports of a run that is there.",
}
"""The first word after `spinfer bench`; without one of them it measures, which is `run`."""


class _Bench(click.Group):
    """Without one of COMMANDS in front, what follows belongs to `run`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in COMMANDS:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS and cmd_name != "run":
            return None
        module = importlib.import_module(f"spinfer.cli.bench.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Bench)
def bench() -> None:
    """Measure what inference parameters do."""
