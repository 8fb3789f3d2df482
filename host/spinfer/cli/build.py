"""`spinfer build`: an app's components, made by the commands of its spin.toml."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click

from spinfer.building import running
from spinfer.building.steps import steps
from spinfer.cli import app
from spinfer.cli.terminal import configure_logging
from spinfer.manifest.model import Manifest


@click.command
@app.FROM
@click.option(
    "-c", "--component-id", "components", multiple=True, metavar="ID", help="Build only this one. Repeatable."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing beside what the commands say.")
def build(source: Path | None, components: tuple[str, ...], quiet: bool) -> int:
    """Build an app: run the `[component.ID.build]` commands of its spin.toml, in their order.

    The first that fails ends the build, and its exit code is the one of `spinfer build`.

    \b
      spinfer build
      spinfer build -f guest-examples/sentiment
      spinfer build -c api && spinfer up
    """
    configure_logging(0)
    return built(app.manifest(source), components, quiet=quiet)


def built(
    manifest: Manifest, components: Collection[str], *, quiet: bool = False, aside: bool = False
) -> int:
    """With `aside`, all that is printed goes to stderr.

    0, or the exit code of the command that failed. Raises ConfigError or ManifestError.
    """
    wanted = steps(manifest, components)

    def say(line: str) -> None:
        if not quiet:
            click.echo(line, err=True)

    if not wanted:
        say("Nothing to build: no component has a `build` in spin.toml.")
        return 0
    code = running.build(wanted, say, aside=aside)
    if not code:
        names = list(dict.fromkeys(step.component for step in wanted))
        say(f"Built {', '.join(names)}")
    return code
