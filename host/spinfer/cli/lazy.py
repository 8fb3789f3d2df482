"""A group of commands, each in a module of its own that is imported when the command is used."""

from __future__ import annotations

import builtins
import importlib
import keyword
from collections.abc import Mapping

import click
from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """The commands of a table: name → its line in the help; `spinfer --help` imports none of them.

    Command `pull` is `pull` in the module `<package>.pull`; a name that Python has taken, as `import` or
    `list`, gets a `_` in both places.
    """

    def __init__(self, *, package: str, table: Mapping[str, str], **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]  # click's own, passed through by its decorator
        self._package = package
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        name = _python_name(cmd_name)
        command: click.Command = getattr(importlib.import_module(f"{self._package}.{name}"), name)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """As click does it, from the table alone."""
        names = [
            CompletionItem(name, help=line)
            for name, line in self._table.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))


def _python_name(command: str) -> str:
    return f"{command}_" if keyword.iskeyword(command) or hasattr(builtins, command) else command
