"""`spinfer models discover`: what other programs on this machine already hold."""

from __future__ import annotations

import json

import click

from spinfer.cli import options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.models.columns import columns, parameters
from spinfer.cli.terminal import configure_logging
from spinfer.downloads.amounts import amount
from spinfer.gguf_header.header import BadHeader
from spinfer.gguf_header.summary import Summary, summarize
from spinfer.model_store import discover as programs
from spinfer.model_store.foreign import ForeignModel

HEAD = ("PROGRAM", "ARCHITECTURE", "PARAMETERS", "QUANTIZATION", "SIZE", "SOURCE")


@click.command
@JSON
@options.VERBOSE
def discover(as_json: bool, verbose: int) -> None:
    """List the models that Ollama, LM Studio, llama.cpp and the Hugging Face cache hold on this machine.

    Apps can use them where they lie: nothing is copied, and nothing of theirs is changed.
    """
    configure_logging(verbose)
    found = [(model, _summary(model)) for model in programs.models()]
    if as_json:
        print_json([_json(*each) for each in found])
    elif found:
        click.echo(columns(HEAD, [_cells(*each) for each in found]))
        click.echo("\nFor an app to use one, write for example into spinfer.toml, beside its spin.toml:")
        click.echo(
            f"  [models.NAME]\n  {_key(found[0][0])} = {json.dumps(found[0][0].source, ensure_ascii=False)}"
        )
    else:
        click.echo("Neither Ollama, LM Studio, llama.cpp nor the Hugging Face cache hold a model here.")


def _summary(model: ForeignModel) -> Summary | str:
    """Or what is wrong with it."""
    try:
        return summarize(model.path)
    except BadHeader as e:
        return str(e)
    except OSError as e:
        return e.strerror or str(e)


def _key(model: ForeignModel) -> str:
    return "path" if model.source == str(model.path) else "source"


def _cells(model: ForeignModel, summary: Summary | str) -> list[str]:
    if isinstance(summary, str):
        return [model.program, "", "", "", amount(model.bytes), f"{model.source}: {summary}"]
    return [
        model.program,
        summary.architecture or "",
        parameters(summary.parameters),
        summary.quantization or "",
        amount(model.bytes),
        model.source,
    ]


def _json(model: ForeignModel, summary: Summary | str) -> dict[str, object]:
    known = None if isinstance(summary, str) else summary
    return {
        "program": model.program,
        "source": model.source,
        "path": str(model.path),
        "bytes": model.bytes,
        "architecture": known and known.architecture,
        "parameters": known and known.parameters,
        "quantization": known and known.quantization,
        "context_tokens": known and known.trained_context,
        "embeds": known and known.embeds,
        "problem": summary if isinstance(summary, str) else None,
    }
