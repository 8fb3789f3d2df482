"""`spinfer models quantize`: a smaller model out of a larger one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from spinfer.cli import options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.models.project import Project
from spinfer.cli.terminal import configure_logging, progress_bar
from spinfer.config import model_name
from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError
from spinfer.gguf_header.summary import Summary, summarize
from spinfer.inference import quantizing
from spinfer.model_store.made import keep, workplace
from spinfer.model_store.store import Store


def _kind(text: str) -> str:
    if (kind := text.upper()) in quantizing.KINDS:
        return kind
    raise click.BadParameter(f"there is no kind `{text}`; there are {', '.join(quantizing.KINDS)}")


@click.command
@click.argument("name", metavar="NAME")
@click.argument("kind", metavar="KIND", type=_kind)
@click.option("--as", "new_name", metavar="NAME2", required=True, help="What to call the smaller model.")
@click.option("--force", is_flag=True, help="Replace a model of that name.")
@JSON
@options.VERBOSE
def quantize(name: str, kind: str, new_name: str, force: bool, as_json: bool, verbose: int) -> None:
    """Make of the model NAME a smaller one, in KIND, and put it into the store as NAME2.

    KIND says in how many bits a weight is stored: Q8_0 loses next to nothing, Q4_K_M is what most people
    take, Q2_K is the smallest. Begin with a model in F16, BF16 or F32, if there is one.

    \b
      spinfer models quantize llama3.2-1b Q4_K_M --as llama3.2-1b-small
    """
    configure_logging(verbose)
    store = Store()
    _check_free(store, model_name.check(new_name, "--as"), force=force)
    named = Project(Path.cwd(), store).find(name)
    source = named.files[0]
    with workplace(store) as folder:
        made = folder / f"{new_name}.gguf"
        with progress_bar(f"quantizing {name}") as progress:
            after = quantizing.quantize(source, made, kind, progress=progress)
        licence = None if named.stored is None else named.stored.licence
        path = keep(store, new_name, made, source=f"quantize:{name}", licence=licence)
    before = summarize(source)
    if as_json:
        print_json({"name": new_name, "path": str(path), "before": asdict(before), "after": asdict(after)})
    else:
        _report(name, before, new_name, after)


def _check_free(store: Store, name: str, *, force: bool) -> None:
    if not force and store.entry(name) is not None:
        raise ModelError(
            f"there is a model `{name}` already",
            where="--as",
            cure="Choose another name, or replace it with `--force`.",
        )


def _report(name: str, before: Summary, new_name: str, after: Summary) -> None:
    click.echo(f"{name}: {before.quantization}, {amount(before.bytes)}")
    part = after.bytes / before.bytes
    click.echo(f"{new_name}: {after.quantization}, {amount(after.bytes)}, {part:.0%} of that")
    if before.quantization not in quantizing.WHOLE:
        click.echo(
            f"Note: {name} was quantized before, so more is lost than its kind says. Where there is a model "
            "in F16 or BF16, begin with that."
        )
