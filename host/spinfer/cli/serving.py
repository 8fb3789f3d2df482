"""What commands that serve an app have in common: their options, and what they say."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click

from spinfer.assembly import http as assembly
from spinfer.cli import model_pulls, options
from spinfer.cli.duration import duration
from spinfer.config import model_flag, spinfer_toml
from spinfer.config.folders import Folders
from spinfer.errors import ConfigError, ModelError, Problem
from spinfer.inference.catalog import Catalog
from spinfer.manifest import choice
from spinfer.manifest.model import Manifest
from spinfer.triggers.base import Trigger
from spinfer.triggers.component_logs import LogSettings
from spinfer.triggers.http import announcement, target
from spinfer.triggers.http.listener import Address
from spinfer.triggers.http.server import Tls
from spinfer.triggers.redis.target import Server

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    options.ENVIRONMENT,
    click.option(
        "--listen",
        default="127.0.0.1:3000",
        envvar="SPIN_HTTP_LISTEN_ADDR",
        show_default=True,
        metavar="HOST:PORT",
        help="Where to serve.",
    ),
    click.option("--find-free-port", is_flag=True, help="Where that port is taken, take the next free one."),
    click.option(
        "--format",
        "output",
        type=click.Choice(["plain", "json"]),
        default="plain",
        help="How to print the address and the routes.",
    ),
    options.surroundings,
    options.stores,
    click.option(
        "-L",
        "--log-dir",
        metavar="FOLDER",
        help='Where to keep what components print; "" keeps nothing.  [default: logs in the state folder]',
    ),
    click.option("--truncate-logs", is_flag=True, help="Begin with empty log files."),
    click.option(
        "--follow", multiple=True, metavar="ID", help="Show only what this component prints. Repeatable."
    ),
    click.option("-q", "--quiet", is_flag=True, help="Show nothing of what components print."),
    click.option(
        "--allow-transient-write",
        is_flag=True,
        help="Let components change their `files`, until the app ends.",
    ),
    click.option(
        "-c",
        "--component-id",
        "components",
        multiple=True,
        metavar="ID",
        help="Serve only this one. Repeatable.",
    ),
    click.option(
        "--tls-cert", type=click.Path(path_type=Path), envvar="SPIN_TLS_CERT", help="A PEM file: serve https."
    ),
    click.option(
        "--tls-key", type=click.Path(path_type=Path), envvar="SPIN_TLS_KEY", help="The key of --tls-cert."
    ),
    click.option(
        "--max-instance-memory",
        "max_memory_bytes",
        type=click.IntRange(65536, 4 << 30),
        envvar="SPIN_MAX_INSTANCE_MEMORY",
        metavar="BYTES",
        help="The most memory that one request's guest gets.",
    ),
    click.option(
        "--request-timeout",
        "timeout_s",
        type=duration,
        metavar="DURATION",
        help="End a request's guest, and whatever it waits for, after this long: 30s, 500ms.",
    ),
    options.MODELS,
    click.option(
        "--allow-missing-models",
        is_flag=True,
        help="Serve although `ai_models` names models without a source.",
    ),
    options.cache,
    options.VERBOSE,
)


def serving_options(command: F) -> F:
    """Those of `Given`, in the order of the help."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say."""

    environment: tuple[str, ...]
    listen: str
    find_free_port: bool
    output: str
    runtime_config_file: Path | None
    state_dir: str | None
    values: tuple[str, ...]
    pairs: tuple[str, ...]
    scripts: tuple[str, ...]
    log_dir: str | None
    truncate_logs: bool
    follow: tuple[str, ...]
    quiet: bool
    allow_transient_write: bool
    components: tuple[str, ...]
    tls_cert: Path | None
    tls_key: Path | None
    max_memory_bytes: int | None
    timeout_s: float | None
    models: tuple[str, ...]
    allow_missing_models: bool
    cache_dir: Path | None
    disable_cache: bool
    verbose: int


def described(manifest: Manifest, given: Given) -> assembly.HttpApp:
    """The app as it is to be served. Raises OperatorError."""
    config = spinfer_toml.load(manifest.folder)
    runtime = options.runtime_config(given.runtime_config_file)
    folders = Folders.of(manifest.folder, runtime, given.state_dir, given.log_dir)
    return assembly.HttpApp(
        manifest=manifest,
        target=target.of_manifest(manifest, given.components),
        address=Address.parse(given.listen),
        models={**runtime.models, **config.models, **model_flag.parse(given.models, Path.cwd())},
        logs=LogSettings(
            folders.logs, given.truncate_logs, _followed(manifest, given.follow, quiet=given.quiet)
        ),
        runtime=runtime,
        variables=options.variable_settings(given.values, runtime, manifest),
        stores=options.store_settings(given.pairs, given.scripts, config),
        state_folder=folders.state,
        find_free_port=given.find_free_port,
        tls=_tls(given.tls_cert, given.tls_key),
        environment=options.variables(given.environment),
        writable_files=given.allow_transient_write,
        limits=options.limits(config, given.max_memory_bytes or runtime.max_instance_memory, given.timeout_s),
        models_memory_bytes=config.limits.max_models_memory_bytes,
        cache=given.cache_dir,
        use_cache=not given.disable_cache,
    )


def _followed(manifest: Manifest, follow: tuple[str, ...], *, quiet: bool) -> tuple[str, ...] | None:
    choice.check(manifest, follow, "--follow")
    if quiet:
        return ()
    return follow or None


def _tls(certificate: Path | None, key: Path | None) -> Tls | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        missing = "--tls-cert" if certificate is None else "--tls-key"
        raise ConfigError("TLS needs a certificate and its key", where=missing, cure=f"Pass `{missing}` too.")
    return Tls(certificate, key)


def check_models(models: Catalog, app: assembly.HttpApp, *, allow_missing: bool) -> None:
    """Raises ModelError, listing every model that a component is granted and would not get."""
    names = {name for id in app.target.everyone for name in app.manifest.components[id].ai_models}
    if not allow_missing:
        model_pulls.offer([name for name in sorted(names) if not models.serves(name)], app.models)
    broken, missing = options.without_models(models, names)
    if broken or (missing and not allow_missing):
        cure = Problem("or serve without these models: pass --allow-missing-models")
        raise ModelError.listing([*broken, *missing, *([] if broken else [cure])])
    for problem in missing:
        log.warning("%s", problem)
    for name in sorted(filter(models.serves, names)):
        print(f"Model {name}: {models.where(name)}", file=sys.stderr)


def announce(
    app: assembly.HttpApp, address: Address | None, channels: Sequence[Server] = (), *, as_json: bool
) -> None:
    """`address` None: it does not serve HTTP."""
    if app.logs.folder is not None:
        print(f'Logging component stdio to "{app.logs.folder}{os.sep}"', file=sys.stderr)
    if address is not None:
        base_url = f"{'http' if app.tls is None else 'https'}://{address}"
        write = announcement.as_json if as_json else announcement.plain
        print(write(base_url, app.target.routes), flush=True)
    for server in channels if not as_json else ():
        print(f"\n{server}", flush=True)


def show(line: bytes) -> None:
    """One whole line on stderr, from any thread; a terminal that is gone is no matter of the guest's."""
    try:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
    except (OSError, ValueError):
        log.debug("a line could not be shown")


@dataclass
class Interruptions:
    """Ctrl-C and SIGTERM: the first lets requests end, the second does not, the third ends us."""

    trigger: Trigger
    count: int = 0

    def __call__(self, _signum: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 2:
            os._exit(1)
        self.trigger.cancel()
