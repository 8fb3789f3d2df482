"""`spinfer models pull`: models for an app, or for all apps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from spinfer.cli import model_pulls, options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.models.columns import parameters
from spinfer.cli.models.project import BESIDE
from spinfer.cli.terminal import configure_logging
from spinfer.config import model_source, spinfer_toml
from spinfer.config.model_source import ModelSource
from spinfer.config.models import ModelConfig
from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError, OperatorError, Problem
from spinfer.inference.names import Names
from spinfer.manifest import load as manifests
from spinfer.model_store import known
from spinfer.model_store import plan as plans
from spinfer.model_store.local import LocalModels
from spinfer.model_store.manifest import Model
from spinfer.model_store.store import Store


@dataclass(frozen=True, slots=True)
class Here:
    """Nothing to do: this name has a model. `path` None: it needs no file."""

    name: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Wish:
    """A model to bring. `name` None: whatever its source suggests."""

    source: ModelSource
    name: str | None
    insists: bool
    """Call it just so, or fail; otherwise apps find it by its source, whatever it is called."""


@click.command
@click.argument("what", metavar="[NAME|SOURCE]...", nargs=-1)
@click.option("--as", "name", metavar="NAME", help="What to call it; for one SOURCE.")
@click.option("--copy", is_flag=True, help="Keep a copy of a file of this machine, instead of its place.")
@JSON
@options.VERBOSE
def pull(what: tuple[str, ...], name: str | None, copy: bool, as_json: bool, verbose: int) -> None:
    """Bring models into the store, where every app finds them by name.

    Without NAME or SOURCE: what the `ai_models` of the nearest app lack. A NAME is looked up in its
    spinfer.toml, then among the models that are known. A SOURCE is hf:ORG/REPO, hf:ORG/REPO:QUANTIZATION,
    hf:ORG/REPO:FILE, https://… with or without #sha256=…, ollama:NAME, lmstudio:NAME, or the path of a
    .gguf file. What was interrupted goes on where it stopped.

    \b
      spinfer models pull
      spinfer models pull all-minilm-l6-v2
      spinfer models pull hf:Qwen/Qwen2.5-0.5B-Instruct-GGUF --as llama2-chat
    """
    configure_logging(verbose)
    if name is not None and len(what) != 1:
        raise click.UsageError("--as NAME goes with one SOURCE.")
    folder, store = manifests.nearest(Path.cwd()), Store()
    table = spinfer_toml.load(folder).models
    wishes = list(_asked(what, name, table) if what else _lacking(folder, table, store))
    rows: list[Mapping[str, object]] = []
    problems: list[Problem] = []
    for wish in wishes:
        try:
            row, line = _granted(wish, store, copy=copy)
        except OperatorError as e:
            problems.extend(e.problems)
            continue
        rows.append(row)
        if not as_json:
            click.echo(line)
    if as_json:
        print_json(rows)
    if problems:
        raise ModelError.listing(problems)


def _asked(
    words: Sequence[str], name: str | None, table: Mapping[str, ModelConfig]
) -> Iterator[Wish | Here | Problem]:
    for word in words:
        source = model_pulls.source_of(word, table)
        if word in table and source is None:
            yield Here(word, table[word].path)
        elif source is not None:
            yield Wish(source, name or word, insists=word not in table or name is not None)
        elif model_source.is_source(word):
            yield Wish(model_source.parse(word), name, insists=True)
        else:
            yield _unknown(word)


def _lacking(folder: Path, table: Mapping[str, ModelConfig], store: Store) -> Iterator[Wish | Here | Problem]:
    """Each name that a component of the app is granted."""
    manifest = manifests.load(folder)
    names = Names(table, folder / BESIDE, LocalModels(store))
    granted = {name for component in manifest.components.values() for name in component.ai_models}
    if not granted:
        click.echo(f"No component of {manifest.path} has `ai_models`.", err=True)
    for name in sorted(granted):
        config = names.own(name) or names.otherwise(name)
        source = model_pulls.source_of(name, table)
        if config is not None:
            yield Here(name, config.path)
        else:
            yield Wish(source, name, insists=name not in table) if source else names.missing(name, name)


def _granted(wish: Wish | Here | Problem, store: Store, *, copy: bool) -> tuple[Mapping[str, object], str]:
    """One row for programs, and one line for people. Raises OperatorError."""
    match wish:
        case Problem():
            raise ModelError.listing([wish])
        case Here(name, path):
            place = "it needs no file" if path is None else str(path)
            return {
                "name": name,
                "pulled": False,
                "path": path and str(path),
            }, f"{name}: here already, {place}"
        case Wish(source, name, insists):
            plan = plans.make(source)
            called = name or plan.suggested_name
            if insists:
                model_pulls.check_free(store, called, plan)
            else:
                called = model_pulls.name_for(store, called, source)
            click.echo(f"{called}: {model_pulls.described(plan)}", err=True)
            model = model_pulls.pull(store, plan, called, copy=copy)
            return _row(model, store), _line(model)


def _row(model: Model, store: Store) -> Mapping[str, object]:
    return {
        "name": model.name,
        "pulled": True,
        "path": str(store.file(model)),
        "source": model.source,
        "bytes": model.size,
        **model.summary.model_dump(exclude={"format"}),
        "licence": model.licence,
    }


def _line(model: Model) -> str:
    summary = model.summary
    facts = [
        amount(model.size),
        f"{summary.architecture} {parameters(summary.parameters)}".strip(),
        summary.quantization or "",
        f"licence {model.licence}" if model.licence else "no licence stated",
    ]
    return f"{model.name}: {', '.join(filter(None, facts))}"


def _unknown(name: str) -> Problem:
    names = ", ".join(sorted(known.models()))
    return Problem(
        f"nobody has said where to get a model '{name}'",
        cure=f'Write [models."{name}"] with source = "hf:…" into spinfer.toml, or name a source here. '
        f"Known: {names}.",
    )
