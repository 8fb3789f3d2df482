"""`spinfer models import`: a sentence-transformers model, converted for an app."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spinfer.cli import options
from spinfer.cli.models.project import BESIDE
from spinfer.cli.terminal import configure_logging, progress_bar
from spinfer.config import spinfer_toml
from spinfer.conversion.destination import Destination
from spinfer.manifest import load as manifests

if TYPE_CHECKING:
    from spinfer.conversion.sentence_transformers import Converted


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("name", metavar="NAME")
@click.option(
    "--to",
    "target",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to put the file; by default `.spin/ai-models` of the app that this folder belongs to.",
)
@click.option(
    "--context-tokens",
    type=click.IntRange(min=16),
    metavar="N",
    help="The longest text to embed; by default as long as sentence-transformers takes texts.",
)
@click.option("--force", is_flag=True, help="Replace a model of this name.")
@options.VERBOSE
def import_(
    folder: Path, name: str, target: Path | None, context_tokens: int | None, force: bool, verbose: int
) -> None:
    """Convert the sentence-transformers model in DIR to a GGUF file that apps call NAME.

    DIR has a BERT model as it is published: config.json, model.safetensors, its tokenizer, modules.json.

    \b
      spinfer models import ~/Downloads/all-MiniLM-L6-v2 all-minilm-l6-v2
    """
    configure_logging(verbose)
    app = manifests.nearest(Path.cwd())
    destination = Destination(target or app / BESIDE, name)
    if not force:
        destination.check_free()
    # imported here: numpy and gguf take a moment, which a mistaken command line need not wait for
    from spinfer.conversion.sentence_transformers import convert  # noqa: PLC0415

    with progress_bar(f"converting {name}") as progress:
        converted = convert(folder, destination, context_tokens=context_tokens, progress=progress)
    _report(converted, name, found_by_name=target is None)


def _report(converted: Converted, name: str, *, found_by_name: bool) -> None:
    model, quoted = converted.model, json.dumps(name, ensure_ascii=False)
    click.echo(
        f"{converted.path}: {converted.bytes / 1e6:.1f} MB, {model.shape.width} dimensions, "
        f"{model.pooling.value} pooling, texts of up to {model.context_tokens} tokens"
    )
    for note in model.notes:
        click.echo(f"Note: {note}")
    click.echo(f"For a component to use it, write into its [component.<id>] in {manifests.FILE_NAME}:")
    click.echo(f"  ai_models = [{quoted}]")
    if not found_by_name:
        path = json.dumps(str(converted.path.absolute()), ensure_ascii=False)
        click.echo(f"and into {spinfer_toml.FILE_NAME} beside it:")
        click.echo(f"  [models.{quoted}]\n  path = {path}")
