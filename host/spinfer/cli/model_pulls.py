"""Models brought into the store while a person watches, who is told where from, and how large they are."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import click

from spinfer.cli.download_bars import download_bars
from spinfer.config.model_source import ModelSource
from spinfer.config.models import ModelConfig
from spinfer.downloads.amounts import amount
from spinfer.errors import ModelError, OperatorError
from spinfer.model_store import known
from spinfer.model_store.manifest import Model
from spinfer.model_store.plan import Plan, make
from spinfer.model_store.store import Store


def source_of(name: str, table: Mapping[str, ModelConfig]) -> ModelSource | None:
    """Where a model of this name is to be had: as spinfer.toml says, else as everybody knows."""
    if (config := table.get(name)) is not None:
        return config.source
    row = known.models().get(name)
    return row.source if row else None


def name_for(store: Store, wanted: str, source: ModelSource) -> str:
    """A name in the store for what is found by its source: `wanted`, or, where that is taken, one like it."""
    wanted = wanted.replace("/", "-")
    name, number = wanted, 2
    while (entry := store.entry_or_none(name)) is not None:
        if isinstance(entry, Model) and entry.source == str(source):
            break
        name, number = f"{wanted}-{number}", number + 1
    return name


def pull(store: Store, plan: Plan, name: str, *, copy: bool = False) -> Model:
    """Bring it, with a bar for each file. Raises OperatorError."""
    # imported here: an HTTP client takes a tenth of a second, which those who pull nothing need not spend
    from spinfer.downloads.downloader import Downloader  # noqa: PLC0415
    from spinfer.model_store.pulling import Puller  # noqa: PLC0415

    if plan.note:
        click.echo(f"{name}: {plan.note}", err=True)
    try:
        with download_bars() as bars, Downloader(bars) as downloader:
            return Puller(store, downloader, bars).pull(plan, name, copy=copy)
    except KeyboardInterrupt:
        click.echo(
            f"{name}: interrupted. What has arrived is kept; the next pull goes on from there.", err=True
        )
        raise


def described(plan: Plan) -> str:
    """`hf:example/story, 770 MB, licence mit`."""
    parts = [str(plan.source)]
    if plan.size is not None:
        parts.append(amount(plan.size))
    if plan.licence:
        parts.append(f"licence {plan.licence}")
    return ", ".join(parts)


def offer(names: Iterable[str], table: Mapping[str, ModelConfig]) -> None:
    """Ask about each missing model that is known to be somewhere, and bring it if the answer is yes.

    Only on a terminal; elsewhere nobody could answer. What cannot be had is said, and left to the caller, who
    knows what is still missing then.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    for name in names:
        source = source_of(name, table)
        if source is None:
            continue
        with _said_aloud():
            plan = make(source)
            if click.confirm(f"Model '{name}' is missing: pull {described(plan)}?", default=True, err=True):
                store = Store()
                pull(store, plan, name_for(store, name, source))


@contextmanager
def _said_aloud() -> Iterator[None]:
    try:
        yield
    except OperatorError as e:
        click.echo(f"Error: {e}", err=True)


def check_free(store: Store, name: str, plan: Plan) -> None:
    """Raises ModelError: the name is another model's already."""
    model = store.model(name)
    if model is None or model.source == str(plan.source):
        return
    raise ModelError(
        f"there is a model `{name}` already, from {model.source}",
        where=f"the store {store.layout.root}",
        cure=f"Choose another name with --as, or remove it: spinfer models rm {name}",
    )
