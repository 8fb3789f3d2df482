"""`spinfer models show`: what a model is, what it takes, and who uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from spinfer.cli import options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.models.columns import parameters
from spinfer.cli.models.facts import EXAMPLE, Facts, facts
from spinfer.cli.models.project import Named, Project
from spinfer.cli.models.usage import Use, uses
from spinfer.cli.terminal import configure_logging
from spinfer.downloads.amounts import amount
from spinfer.gguf_header.header import LongArray, Value
from spinfer.inference.engine.model_info import Purpose
from spinfer.model_store.store import Store

LABEL_WIDTH = 16
LONGEST_VALUE = 80
"""Characters of a value of the metadata; `--json` has all of them."""

DOES = {
    Purpose.GENERATE: "continues text",
    Purpose.EMBED: "embeds text",
    Purpose.NEITHER: "neither continues text nor embeds it, so it is of no use here",
}


@click.command
@click.argument("name", metavar="NAME")
@click.option(
    "--apps",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Name the apps below this folder that use the model.  [default: the current folder]",
)
@JSON
@options.VERBOSE
def show(name: str, folder: Path, as_json: bool, verbose: int) -> None:
    """Show what the model NAME is, what memory it takes as it is configured here, and which apps use it.

    NAME is what an app would call it, a .gguf file, or another program's model: ollama:llama3.2:1b. Its
    weights are not loaded.
    """
    configure_logging(verbose)
    store = Store()
    named = Project(Path.cwd(), store).find(name)
    names = frozenset(
        (name, *((named.stored.name, *store.aliases(named.stored.name)) if named.stored else ()))
    )
    used = list(uses(names, folder))
    each = [facts(name, path, named.config) for path in named.files]
    if as_json:
        print_json([_json(named, one, used) for one in each])
    else:
        click.echo("\n\n".join(_text(named, one, used, folder) for one in each))


def _text(named: Named, found: Facts, used: list[Use], folder: Path) -> str:
    lines = [named.name, *(_line(label, value) for label, value in _lines(named, found, used, folder))]
    return "\n".join([*lines, "", "  metadata", *(f"    {line}" for line in _metadata(found.metadata))])


def _lines(named: Named, found: Facts, used: list[Use], folder: Path) -> Iterator[tuple[str, str]]:
    summary, sizes = found.summary, found.sizes
    yield "file", str(found.path)
    yield "from", named.origin if named.stored is None else f"{named.stored.source}, in {named.origin}"
    yield "licence", (named.stored and named.stored.licence) or summary.license or "not stated"
    kind = (summary.architecture, f"{parameters(summary.parameters)} parameters", summary.quantization)
    yield "model", ", ".join(filter(None, (*kind, amount(summary.bytes))))
    yield "", DOES[found.purpose]
    yield "context", f"{sizes.context_tokens} tokens a request; it was trained on {summary.trained_context}"
    yield "memory", f"{amount(found.needs.total)}: {found.needs.parts}"
    yield "", f"for {sizes.parallel} requests at once, that share {sizes.cells} tokens of KV cache"
    if found.available is not None:
        yield "", f"{amount(found.available)} are available{'' if found.cure is None else ', too few'}"
    if found.cure is not None:
        yield "", found.cure
    tokens = ", ".join(f"{each.role} {each.text!r} ({each.id})" for each in found.special_tokens)
    yield "special tokens", tokens or "none"
    if found.template_problem is not None:
        yield "chat template", f"cannot be used: {found.template_problem}"
    elif found.example is None:
        yield "chat template", "none"
    else:
        lines = [f"| {line}".rstrip() for line in found.example.split("\n")]
        yield "chat template", "\n".join([f"makes of {EXAMPLE!r}:", *lines])
    if not used:
        yield "used by", f"no app below {folder.absolute()}"
    for number, use in enumerate(used):
        called = "" if use.name == named.name else f", as {use.name}"
        yield "" if number else "used by", f"{use.component} in {use.manifest}{called}"


def _line(label: str, value: str) -> str:
    first, *others = value.split("\n")
    return "\n".join(
        [f"  {label:<{LABEL_WIDTH}}{first}", *(f"{'':<{LABEL_WIDTH + 2}}{each}" for each in others)]
    )


def _metadata(metadata: dict[str, Value]) -> Iterator[str]:
    for key, value in metadata.items():
        text = f"{value.count} items" if isinstance(value, LongArray) else repr(value)
        yield f"{key} = {text if len(text) <= LONGEST_VALUE else f'{text[: LONGEST_VALUE - 1]}…'}"


def _json(named: Named, found: Facts, used: list[Use]) -> dict[str, object]:
    metadata = {
        key: {"items": value.count} if isinstance(value, LongArray) else value
        for key, value in found.metadata.items()
    }
    return {
        "name": named.name,
        "path": str(found.path),
        "origin": named.origin,
        "source": named.stored and named.stored.source,
        "licence": (named.stored and named.stored.licence) or found.summary.license,
        "architecture": found.summary.architecture,
        "parameters": found.summary.parameters,
        "quantization": found.summary.quantization,
        "bytes": found.summary.bytes,
        "purpose": found.purpose.name.lower(),
        "trained_context_tokens": found.summary.trained_context,
        "context_tokens": found.sizes.context_tokens,
        "cache_tokens": found.sizes.cells,
        "parallel": found.sizes.parallel,
        "memory_bytes": {**asdict(found.needs), "total": found.needs.total, "available": found.available},
        "fits": found.cure is None,
        "special_tokens": [asdict(token) for token in found.special_tokens],
        "chat_template": found.info.chat_template,
        "chat_template_example": found.example,
        "used_by": [
            {"manifest": str(use.manifest), "component": use.component, "name": use.name} for use in used
        ],
        "metadata": metadata,
    }
