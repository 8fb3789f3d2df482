"""`spinfer up`: an app, served over HTTP until it is interrupted."""

from __future__ import annotations

import logging
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from spinfer.assembly import http as assembly
from spinfer.assembly.workers import Workers, default_count, why_one
from spinfer.cli import app, heap, open_files
from spinfer.cli.build import built
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
from spinfer.cli.terminal import configure_logging, model_progress, notice_if_slow
from spinfer.downloads.verified import VerifiedFiles
from spinfer.triggers import component_file
from spinfer.triggers.base import Trigger
from spinfer.triggers.http.listener import listen

log = logging.getLogger(__name__)


@click.command
@app.FROM
@click.option("--build", is_flag=True, help="Build the app first, as `spinfer build` does.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that run guests.  [default: one for each core, 8 at most; 1 if guests ask models]",
)
@serving_options
def up(source: Path | None, build: bool, workers: int | None, **options: Any) -> int:  # noqa: ANN401 - the fields of Given
    """Serve an app over HTTP until Ctrl-C: once lets requests end, twice does not.

    \b
      spinfer up
      spinfer up -f guest-examples/sentiment --listen 127.0.0.1:8080
      spinfer up --model llama2-chat=llama.gguf --request-timeout 30s
    """
    given = Given(**options)
    configure_logging(given.verbose)
    manifest = app.manifest(source)
    if build and (code := built(manifest, given.components, quiet=given.quiet, aside=given.output == "json")):
        return code
    served = described(manifest, given)
    for note in served.target.notes:
        log.warning("%s", note)
    with download_bars() as bars:
        component_file.fetch(served.manifest, served.target.everyone, VerifiedFiles(progress=bars))
    heap.share()
    open_files.allow_many()
    return _up(served, given, _worker_count(served, workers))


def _up(served: assembly.HttpApp, given: Given, count: int) -> int:
    with ExitStack() as closing:
        workers = closing.enter_context(Workers(count, served, show)) if count > 1 else None
        progress = closing.enter_context(model_progress())
        host = closing.enter_context(assembly.HttpHost(served, progress, show))
        check_models(host.catalog, served, allow_missing=given.allow_missing_models)
        with dying_at_once(), notice_if_slow("Compiling components (once: they are kept)"):
            executor = host.load()
        host.catalog.preload()
        trigger: Trigger
        if workers is None:
            trigger, address = host.triggers(executor)
        else:
            listener, address = listen(served.address, find_free_port=served.find_free_port)
            trigger = workers.start(host.catalog, address, host.roots, listener)
        with handling(Interruptions(trigger), signal.SIGINT, signal.SIGTERM):
            trigger.start()
            announce(served, address, host.channels(), as_json=given.output == "json")
            while not trigger.wait(1.0):
                pass
        return trigger.exit_code()


def _worker_count(served: assembly.HttpApp, wanted: int | None) -> int:
    """As many as the operator wants, or as suit the machine; one where the app needs that."""
    count = wanted or default_count(served)
    reason = why_one(served) if count > 1 else None
    if reason is None:
        return count
    if wanted is not None:
        log.warning("one process serves the app: %s", reason)
    return 1
