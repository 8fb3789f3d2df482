"""`spinfer models check`: whether models are what they were, load, and answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from spinfer.cli import EXIT_OPERATOR, options
from spinfer.cli.models.as_json import JSON, print_json
from spinfer.cli.models.project import Named, Project
from spinfer.cli.terminal import configure_logging, progress_bar
from spinfer.errors import ModelError, Problem
from spinfer.inference.trial import PROMPT, Trial, attempt
from spinfer.manifest import load as manifests
from spinfer.model_store.manifest import StoredFile
from spinfer.model_store.store import Store

_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one name: a trial, or problems, or `remote`."""

    name: str
    verified: bool
    """The bytes are those that were pulled; files beside an app come without a hash."""
    trial: Trial | None = None
    remote: str | None = None
    """The address of who answers; that is not asked."""
    problems: tuple[Problem, ...] = ()


@click.command
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "-f",
    "--from",
    "app",
    type=click.Path(path_type=Path),
    metavar="APP",
    help="A spin.toml, or a folder that has one, whose models to check. Default: the nearest one from this "
    "folder upward, where no NAME is given.",
)
@JSON
@options.VERBOSE
def check(names: tuple[str, ...], app: Path | None, as_json: bool, verbose: int) -> int:
    """Check the models called NAME, or all that an app names in `ai_models`.

    The hash of a model of the store is verified. Each is loaded as the app would load it, and continues or
    embeds a short text: one that crashes llama.cpp does not crash the check. The exit code is 1 where one
    fails.
    """
    configure_logging(verbose)
    folder, wanted = _wanted(names, app)
    store = Store()
    project = Project(folder, store)
    outcomes = [_check(project, name) for name in wanted]
    if as_json:
        print_json([_json(outcome) for outcome in outcomes])
    else:
        for outcome in outcomes:
            click.echo(f"{outcome.name}: {_said(outcome)}")
    problems = [problem for outcome in outcomes for problem in outcome.problems]
    if problems and not as_json:
        raise ModelError.listing(problems)
    return EXIT_OPERATOR if problems else 0


def _wanted(names: tuple[str, ...], app: Path | None) -> tuple[Path, list[str]]:
    """The app's folder, and the models' names, each once."""
    if names and app is None:
        return Path.cwd(), list(dict.fromkeys(names))
    manifest = manifests.load(manifests.nearest(Path.cwd()) if app is None else app)
    granted = {name for component in manifest.components.values() for name in component.ai_models}
    return manifest.folder, list(dict.fromkeys((*names, *sorted(granted))))


def _check(project: Project, name: str) -> Outcome:
    try:
        named = project.find(name)
        if named.config.remote is not None:
            return Outcome(name, verified=False, remote=named.config.remote.url)
        with progress_bar(f"verifying {name}") as progress:
            verified = _verify(project.store, named, progress)
        with progress_bar(f"trying {name}") as progress:
            trial = attempt(name, named.config, progress)
    except ModelError as e:
        return Outcome(name, verified=False, problems=e.problems)
    return Outcome(name, verified, trial)


def _verify(store: Store, named: Named, progress: Callable[[float], None]) -> bool:
    """Whether there are hashes. Raises ModelError: one is another."""
    if named.stored is None:
        return False
    total, done = max(1, named.stored.size), 0
    for file in named.stored.files:
        digest = hashlib.sha256()
        path = store.location(file)
        try:
            with path.open("rb") as content:
                while chunk := content.read(_CHUNK):
                    digest.update(chunk)
                    done += len(chunk)
                    progress(min(1.0, done / total))
        except OSError as e:
            raise ModelError(f"model '{named.name}': {e.strerror or e}", where=str(path)) from e
        if digest.hexdigest() != file.sha256:
            raise _changed(named.name, path, file)
    return True


def _changed(name: str, path: Path, file: StoredFile) -> ModelError:
    cure = "It is damaged: remove the model and pull it again."
    if file.linked is not None:
        cure = "Somebody has changed the file since: import it again if that is right."
    return ModelError(f"model '{name}': this is not the file that was pulled", where=str(path), cure=cure)


def _said(outcome: Outcome) -> str:
    trial = outcome.trial
    if outcome.remote is not None:
        return f"not checked: {outcome.remote} answers"
    if trial is None:
        return "failed"
    parts = ["hash verified"] if outcome.verified else []
    parts.append(f"loaded in {trial.load_s:.1f} s")
    if trial.text is not None:
        parts.append(f"{PROMPT!r} goes on {trial.text!r}, {trial.tokens} tokens")
    if trial.dimensions is not None:
        parts.append(f"embeds into {trial.dimensions} dimensions")
    return "; ".join(parts)


def _json(outcome: Outcome) -> dict[str, object]:
    problems = [{"what": each.what, "where": each.where, "cure": each.cure} for each in outcome.problems]
    trial = None if outcome.trial is None else asdict(outcome.trial)
    return {
        "name": outcome.name,
        "verified": outcome.verified,
        "trial": trial,
        "remote": outcome.remote,
        "problems": problems,
    }
