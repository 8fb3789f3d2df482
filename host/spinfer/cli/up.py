"""`spinfer up`: an app, served over HTTP until it is interrupted."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from typing import Any

import click

from spinfer.assembly import http as assembly
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

log = logging.getLogger(__name__)


@click.command
@app.FROM
@click.option("--build", is_flag=True, help="Build the app first, as `spinfer build` does.")
@serving_options
def up(source: Path | None, build: bool, **options: Any) -> int:  # noqa: ANN401 - the fields of Given
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
    return _up(
        described(manifest, given), as_json=given.output == "json", allow_missing=given.allow_missing_models
    )


def _up(served: assembly.HttpApp, *, as_json: bool, allow_missing: bool) -> int:
    for note in served.target.notes:
        log.warning("%s", note)
    with download_bars() as bars:
        component_file.fetch(served.manifest, served.target.everyone, VerifiedFiles(progress=bars))
    heap.share()
    open_files.allow_many()
    with model_progress() as progress, assembly.HttpHost(served, progress, show) as host:
        check_models(host.models, served, allow_missing=allow_missing)
        with dying_at_once(), notice_if_slow("Compiling components (once: they are kept)"):
            executor = host.load()
        host.models.preload()
        trigger, address = host.triggers(executor)
        with handling(Interruptions(trigger), signal.SIGINT, signal.SIGTERM):
            trigger.start()
            announce(served, address, host.channels(), as_json=as_json)
            while not trigger.wait(1.0):
                pass
        return trigger.exit_code()
