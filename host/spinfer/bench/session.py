"""One sitting of a run: makes models and targets for an experiment, runs it, and lets go of everything."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from spinfer.bench import journal as journals
from spinfer.bench import run as runs
from spinfer.bench.cells import TargetKind
from spinfer.bench.experiment import Experiment
from spinfer.bench.journal import FILE_NAME, Journal, Writer
from spinfer.bench.model_set import ModelSet
from spinfer.bench.run import Listener, Run
from spinfer.bench.targets.base import Target
from spinfer.bench.targets.direct import Direct
from spinfer.bench.targets.guest import BenchGuest
from spinfer.errors import ConfigError
from spinfer.inference.catalog import Catalog

LoadProgress = Callable[[str, float], None]


def begin(experiment: Experiment, folder: Path) -> Journal:
    """A new run in `folder`: a journal with its first line. Raises ConfigError where one is there already."""
    path = folder / FILE_NAME
    if path.exists():
        raise ConfigError(
            "there is a run in this folder already",
            where=str(folder),
            cure="Continue it with --resume, or name another folder with --to.",
        )
    header = runs.header(experiment)
    try:
        with Writer(path) as writer:
            writer.write(header)
    except OSError as e:
        raise ConfigError(f"results cannot be written: {e.strerror or e}", where=str(path)) from e
    return Journal(header)


def forget(folder: Path) -> None:
    """Take back `begin`, where nothing has been measured since: a mistake leaves nothing behind."""
    if not resume(folder).blocks:
        (folder / FILE_NAME).unlink()
        with contextlib.suppress(OSError):  # it was there before, and holds something else
            folder.rmdir()


def resume(folder: Path) -> Journal:
    """The run in `folder`, so far. Raises ConfigError."""
    return journals.read(folder)


def measure(
    experiment: Experiment, journal: Journal, folder: Path, listener: Listener, progress: LoadProgress
) -> None:
    """Do what is not done yet. Main thread. Raises OperatorError; KeyboardInterrupt leaves what is there."""
    with ExitStack() as closing:
        catalog = Catalog(experiment.models, progress=progress)
        closing.callback(catalog.close)
        writer = closing.enter_context(Writer(folder / FILE_NAME))
        runs.run(
            Run(
                experiment,
                ModelSet(catalog, experiment.models),
                lambda kind: _open(kind, experiment, catalog),
                writer,
                journal,
                listener,
                stop=catalog.close,
            )
        )


def _open(kind: TargetKind, experiment: Experiment, catalog: Catalog) -> Target:
    match kind:
        case TargetKind.DIRECT:
            return Direct(catalog)
        case TargetKind.GUEST:
            return BenchGuest(catalog)
        case TargetKind.APP:
            # imported here: an HTTP server takes a moment, which most runs need not wait for
            from spinfer.bench.targets.app import App  # noqa: PLC0415

            assert experiment.app is not None, "an experiment with this target has an app"
            return App(experiment.app, catalog)
