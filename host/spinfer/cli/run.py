"""`spinfer run`: one command component, as a program of this shell."""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path

import click

from spinfer.assembly import command as assembly
from spinfer.cli import EXIT_INTERRUPTED, model_pulls, options
from spinfer.cli.download_bars import download_bars
from spinfer.cli.duration import duration
from spinfer.cli.signals import dying_at_once, handling
from spinfer.cli.terminal import configure_logging, model_progress, notice_if_slow
from spinfer.config import model_flag, spinfer_toml
from spinfer.config.folders import Folders
from spinfer.downloads.verified import VerifiedFiles
from spinfer.errors import ConfigError, ModelError
from spinfer.factors.llm.access import ModelAccess
from spinfer.inference.names import ANY
from spinfer.manifest import load as manifests
from spinfer.runtime.wasi import Mount, Wasi
from spinfer.triggers import command_target, component_file
from spinfer.triggers.command import CommandTrigger
from spinfer.triggers.command_target import CommandTarget

log = logging.getLogger(__name__)

CANCEL_GRACE_S = 1.0
"""How long an interrupted guest may take to end before the process ends without it."""

EPILOG = """\
The exit code is the guest's own; 1 for a mistake in what was given, 124 when the deadline passed,
130 when interrupted, 134 when the guest trapped.
"""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog=EPILOG,
)
@click.argument("target", metavar="APP")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
@click.option("-c", "--component-id", metavar="ID", help="Which component of the app, where it has several.")
@options.MODELS
@click.option(
    "--allow-model",
    "allowed",
    multiple=True,
    metavar="NAME",
    help="Let the component use this model, beside its `ai_models`. `*` allows every one. Repeatable.",
)
@click.option(
    "--dir",
    "mounts",
    multiple=True,
    metavar="HOST::GUEST",
    help="Let the component read and write the folder HOST, at the path GUEST. Repeatable.",
)
@options.ENVIRONMENT
@options.surroundings
@options.stores
@click.option(
    "--timeout",
    "timeout_s",
    type=duration,
    metavar="DURATION",
    help="End the guest, and whatever it waits for, after this long: 30s, 500ms.",
)
@click.option(
    "--max-memory",
    "max_memory_mib",
    type=click.IntRange(1, 4096),
    metavar="MIB",
    help="The most memory that the guest gets.",
)
@options.cache
@options.VERBOSE
def run(
    target: str,
    arguments: tuple[str, ...],
    component_id: str | None,
    models: tuple[str, ...],
    allowed: tuple[str, ...],
    mounts: tuple[str, ...],
    environment: tuple[str, ...],
    runtime_config_file: Path | None,
    state_dir: str | None,
    values: tuple[str, ...],
    pairs: tuple[str, ...],
    scripts: tuple[str, ...],
    timeout_s: float | None,
    max_memory_mib: int | None,
    cache_dir: Path | None,
    disable_cache: bool,
    verbose: int,
) -> int:
    """Run a command component with ARGS.

    APP is a component (.wasm, or .wat text), a spin.toml, or a folder that has one. Options stand before
    it; what stands after it belongs to the component.

    \b
      spinfer run guest-examples/ask "What is the capital of France?"
      spinfer run --model story=story.gguf --allow-model story app.wasm "Once upon"
    """
    configure_logging(verbose)
    found = _target(Path(target), component_id)
    config = spinfer_toml.load(found.folder)
    runtime = options.runtime_config(runtime_config_file)
    memory_bytes = runtime.max_instance_memory if max_memory_mib is None else max_memory_mib << 20
    app = assembly.CommandApp(
        file=found.file,
        manifest=found.manifest,
        models={**runtime.models, **config.models, **model_flag.parse(models, Path.cwd())},
        access=ModelAccess(found.ai_models | set(allowed), every=ANY in allowed),
        wasi=Wasi(
            (found.file.id, *arguments),
            (*found.environment.items(), *options.variables(environment)),
            tuple(map(Mount.parse, mounts)),
        ),
        runtime=runtime,
        variables=options.variable_settings(values, runtime, found.manifest),
        stores=options.store_settings(pairs, scripts, config),
        state_folder=Folders.of(found.folder, runtime, state_dir, None).state,
        limits=options.limits(config, memory_bytes, timeout_s),
        models_memory_bytes=config.limits.max_models_memory_bytes,
        cache=cache_dir,
        use_cache=not disable_cache,
    )
    return _run(app)


def _target(path: Path, component_id: str | None) -> CommandTarget:
    if path.is_dir() or path.suffix == ".toml":
        manifest = manifests.load(path)
        for note in manifest.notes:
            log.warning("%s", note)
        found = command_target.of_manifest(manifest, component_id)
        with download_bars() as bars:
            component_file.fetch(manifest, [found.file.id], VerifiedFiles(progress=bars))
        return found
    if component_id is not None:
        raise ConfigError(
            f"{path} is a component, not an app", where="--component-id", cure="Leave the option out."
        )
    return command_target.of_file(path)


def _run(app: assembly.CommandApp) -> int:
    with model_progress() as progress, assembly.CommandHost(app, progress) as host:
        names = app.access.names - {ANY}
        model_pulls.offer([name for name in sorted(names) if not host.models.serves(name)], app.models)
        broken, missing = options.without_models(host.models, names)
        if broken:
            raise ModelError.listing(broken)
        with dying_at_once(), notice_if_slow(f"Compiling {app.file.path.name} (once: it is kept)"):
            trigger = host.load()
        for problem in missing:
            log.warning("%s", problem)
        host.models.preload()
        return _attend(trigger)


def _attend(trigger: CommandTrigger) -> int:
    """Start the guest and wait for its end; Ctrl-C and SIGTERM end it and whatever it asked for."""
    with handling(signal.default_int_handler, signal.SIGINT, signal.SIGTERM):
        try:
            trigger.start()
            while not trigger.wait(1.0):  # a signal just before a wait is heard after it
                pass
        except KeyboardInterrupt:
            trigger.cancel()
            if not trigger.wait(CANCEL_GRACE_S):
                os._exit(EXIT_INTERRUPTED)  # it waits inside wasmtime's own WASI, where nothing reaches it
            return EXIT_INTERRUPTED
    return trigger.exit_code()
