"""`spinfer doctor`: what keeps an app from running here, and the cure of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from spinfer.cli import EXIT_OPERATOR, app, options
from spinfer.cli.terminal import configure_logging
from spinfer.config import model_flag
from spinfer.config.folders import Folders
from spinfer.doctor.examination import Patient, examine
from spinfer.doctor.finding import Finding, Level
from spinfer.errors import OperatorError

_SIGNS = {Level.FINE: "✓", Level.HINT: "!", Level.PROBLEM: "✗"}


@click.command
@app.FROM
@click.option(
    "--listen",
    default="127.0.0.1:3000",
    envvar="SPIN_HTTP_LISTEN_ADDR",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the app is to be served.",
)
@options.surroundings
@options.MODELS
@click.option("--fix", is_flag=True, help="Mend what can be mended safely, then look again.")
@click.option(
    "--format", "output", type=click.Choice(["plain", "json"]), default="plain", help="How to say it."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what is fine.")
@options.cache
@options.VERBOSE
def doctor(
    source: Path | None,
    listen: str,
    runtime_config_file: Path | None,
    state_dir: str | None,
    values: tuple[str, ...],
    models: tuple[str, ...],
    fix: bool,
    output: str,
    quiet: bool,
    cache_dir: Path | None,
    disable_cache: bool,
    verbose: int,
) -> int:
    """Look for what keeps an app from running on this machine, and say how each is mended.

    Nothing is served, no model is loaded, and no data is touched. --fix builds components that are missing
    or older than their sources, by the commands of spin.toml, and rights the form of its version. The exit
    code is 1 when a problem is left.
    """
    configure_logging(verbose)
    runtime = options.runtime_config(runtime_config_file)
    patient = Patient(
        path=app.place(source),
        runtime=runtime,
        variables=lambda manifest: options.variable_settings(values, runtime, manifest),
        state_folder=lambda manifest: Folders.of(manifest.folder, runtime, state_dir, None).state,
        address=listen,
        models=model_flag.parse(models, Path.cwd()),
        cache=cache_dir,
    )
    findings = list(examine(patient))
    if fix and any(finding.fix for finding in findings):
        _mend(findings)
        findings = list(examine(patient))
    if output == "json":
        click.echo(json.dumps({"findings": list(map(_json, findings))}, indent=2, ensure_ascii=False))
    else:
        _tell(findings, quiet=quiet, fixed=fix)
    return EXIT_OPERATOR if any(finding.level is Level.PROBLEM for finding in findings) else 0


def _mend(findings: Iterable[Finding]) -> None:
    """A fix that several findings share is applied once."""
    fixes = {finding.fix.what: finding.fix for finding in findings if finding.fix is not None}
    for fix in fixes.values():
        try:
            fix.apply()
        except OperatorError as e:
            click.echo(f"Could not {fix.what}: {e}", err=True)
        else:
            click.echo(f"Mended: {fix.what}", err=True)


def _tell(findings: Sequence[Finding], *, quiet: bool, fixed: bool) -> None:
    for finding in findings:
        if not quiet or finding.level is not Level.FINE:
            click.echo(f"{_SIGNS[finding.level]} {finding.problem}")
    counts = [sum(finding.level is level for finding in findings) for level in (Level.PROBLEM, Level.HINT)]
    click.echo(f"\n{_counted(counts[0], 'problem')}, {_counted(counts[1], 'hint')}")
    fixable = sum(finding.fix is not None for finding in findings)
    if fixable and not fixed:
        click.echo(f"{_counted(fixable, 'of them')} can be mended for you: spinfer doctor --fix")


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'s' if number != 1 and not noun.startswith('of') else ''}"


def _json(finding: Finding) -> dict[str, object]:
    problem = finding.problem
    return {
        "topic": finding.topic,
        "level": finding.level.value,
        "what": problem.what,
        "where": problem.where,
        "cure": problem.cure,
        "fixable": finding.fix is not None,
    }
