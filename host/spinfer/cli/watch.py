"""`spinfer watch`: an app, built and served anew whenever its files change."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from spinfer.assembly.http import HttpApp
from spinfer.assembly.reloading import ReloadingHost
from spinfer.building import running, watched
from spinfer.building.steps import steps
from spinfer.building.watched import Snapshot
from spinfer.cli import app, heap, open_files
from spinfer.cli.download_bars import download_bars
from spinfer.cli.serving import (
    Given,
    Interruptions,
    announce,
    check_models,
    described,
    serving_options,
    show,
)
from spinfer.cli.signals import dying_at_once, handling
from spinfer.cli.terminal import configure_logging, model_progress
from spinfer.config import spinfer_toml
from spinfer.config.folders import STATE_FOLDER
from spinfer.downloads.verified import VerifiedFiles
from spinfer.errors import ManifestError, OperatorError
from spinfer.inference.catalog import Catalog
from spinfer.manifest import load as manifests
from spinfer.manifest.model import Manifest
from spinfer.triggers import component_file

log = logging.getLogger(__name__)

QUIET_MS = 50
"""How long files must be left alone before what was done to them counts as one change."""
GLANCE_MS = 1000
"""How often to look although nobody tells of a change: it may have come while folders began to be watched."""
_PASSED_OVER = frozenset({STATE_FOLDER, ".git", "node_modules", "__pycache__"})
"""Folders in which much happens that concerns no app."""


@click.command
@app.FROM
@click.option("--skip-build", is_flag=True, help="Do not build at the start; a change is built in any case.")
@serving_options
def watch(source: Path | None, skip_build: bool, **options: Any) -> int:  # noqa: ANN401 - the fields of Given
    """Build an app, serve it, and do both again whenever its files change, until Ctrl-C.

    A component is built when a file changes that `watch` of its build names. Then, and when spin.toml,
    spinfer.toml, a component's file or one of its `files` changes, the app is loaded anew. Requests under way
    are answered by the app they began with, models stay loaded, and an app that cannot be built or loaded is
    not served: the one before is.

    \b
      spinfer watch
      spinfer watch --listen 127.0.0.1:8080
    """
    given = Given(**options)
    configure_logging(given.verbose)
    place = app.place(source)
    manifest = app.manifest(source)
    before = watched.snapshot(manifest, _more(place))
    if not skip_build and (code := running.build(steps(manifest, given.components), _told(given))):
        return code
    before = replace(before, others=watched.snapshot(manifest, _more(place)).others)
    heap.share()
    open_files.allow_many()
    with model_progress() as progress, ReloadingHost(progress, show) as host:
        served = _app(manifest, given)
        with dying_at_once():
            trigger, address = host.start(served, _checking(served, given))
        host.models.preload()
        watcher = _Watcher(place, given, host, manifest, before)
        with handling(Interruptions(trigger), signal.SIGINT, signal.SIGTERM):
            trigger.start()
            announce(served, address, host.channels, as_json=given.output == "json")
            watcher.start()
            while not trigger.wait(1.0):
                pass
        watcher.stop()
        return trigger.exit_code()


@dataclass
class _Watcher:
    """A thread that waits for changes, builds and reloads."""

    place: Path
    given: Given
    host: ReloadingHost
    manifest: Manifest
    seen: Snapshot
    """The files that the served app was made of."""
    refused: str = ""
    """What was said last of an app that cannot be served."""

    def __post_init__(self) -> None:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spinfer-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A build that is running is waited for no longer than a moment."""
        self._ended.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        # imported here, as whoever asks for --help watches nothing
        from watchfiles import watch as changes  # noqa: PLC0415

        while not self._ended.is_set():
            folders, deep = watched.folders(self.manifest)
            self._look()
            for _ in changes(
                *folders,
                watch_filter=_matters,
                step=QUIET_MS,
                rust_timeout=GLANCE_MS,
                yield_on_timeout=True,
                stop_event=self._ended,
                recursive=deep,
                raise_interrupt=False,
            ):
                self._look()
                if watched.folders(self.manifest) != (folders, deep):
                    break

    def _look(self) -> None:
        """Bring what is served up to date, if anything that matters has changed."""
        try:
            manifest = manifests.load(self.place)
        except ManifestError as e:
            self._refuse(e)
            return
        now = watched.snapshot(manifest, _more(self.place))
        needed = watched.difference(self.seen, now)
        if not needed:
            return
        self.manifest = manifest
        began = time.monotonic()
        chosen = [id for id in needed.build if not self.given.components or id in self.given.components]
        code = running.build(steps(manifest, chosen), _told(self.given)) if chosen else 0
        # what was saved during the build is a change still to come; what the build made is none
        self.seen = Snapshot(now.sources, watched.snapshot(manifest, _more(self.place)).others)
        self.refused = ""
        if code and self.given.quiet:
            _say(f"The build ended with {code}.")
        if not code and self._reload(manifest):
            _told(self.given)(f"Serving anew, {time.monotonic() - began:.1f} s after the change was seen")

    def _reload(self, manifest: Manifest) -> bool:
        try:
            served = _app(manifest, self.given)
            self.host.reload(served, _checking(served, self.given))
        except OperatorError as e:
            self._refuse(e)
            return False
        except Exception:
            log.exception("the app could not be loaded anew; the one before is served")
            return False
        return True

    def _refuse(self, error: OperatorError) -> None:
        """Once for each mistake, however often it is come across."""
        if str(error) != self.refused:
            self.refused = str(error)
            _say(f"Error: {error}\nThe app from before the change is served still.")


def _app(manifest: Manifest, given: Given) -> HttpApp:
    """Raises OperatorError."""
    served = described(manifest, given)
    for note in served.target.notes:
        log.warning("%s", note)
    with download_bars() as bars:
        component_file.fetch(manifest, served.target.everyone, VerifiedFiles(progress=bars))
    return served


def _checking(served: HttpApp, given: Given) -> Callable[[Catalog], None]:
    return lambda models: check_models(models, served, allow_missing=given.allow_missing_models)


def _matters(_change: object, path: str) -> bool:
    return _PASSED_OVER.isdisjoint(Path(path).parts)


def _more(place: Path) -> tuple[Path, ...]:
    folder = place if place.is_dir() else place.parent
    return (folder.absolute() / spinfer_toml.FILE_NAME,)


def _told(given: Given) -> Callable[[str], None]:
    """Who hears what goes well."""
    return (lambda _line: None) if given.quiet else _say


def _say(line: str) -> None:
    click.echo(line, err=True)
