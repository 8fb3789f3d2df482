"""`spinfer bench`: run an experiment, or go on with one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from spinfer.bench.experiment import Experiment
from spinfer.bench.experiment import from_json as experiment_from_json
from spinfer.bench.journal import Journal
from spinfer.bench.output import terminal
from spinfer.bench.output.progress import LiveProgress
from spinfer.bench.parameters import PARAMETERS
from spinfer.bench.summary import summarize
from spinfer.cli import EXIT_INTERRUPTED, options
from spinfer.cli.bench import choices, reports
from spinfer.cli.signals import handling
from spinfer.cli.terminal import configure_logging, model_progress
from spinfer.errors import ConfigError, OperatorError

EPILOG = """\
Values are lists and ranges: 0,0.4,0.8 or 1-81+20 (from, to, step) or 1-64*2 (times). Every combination of
them is measured. `spinfer bench compare A B` tells two runs apart, `spinfer bench report RUN -o html` reports
one again.
"""

F = TypeVar("F", bound=Callable[..., Any])


def _parameters(command: F) -> F:
    for parameter in reversed(PARAMETERS):
        command = click.option(parameter.option, parameter.name, metavar="VALUES", help=parameter.says)(
            command
        )
    return command


class _Run(click.Command):
    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Without the word `run`, which nobody needs to write."""
        formatter.write_usage("spinfer bench", " ".join(self.collect_usage_pieces(ctx)))


@click.command(cls=_Run, epilog=EPILOG)
@click.argument("app", required=False, metavar="[APP|COMPONENT.wasm]", type=click.Path(path_type=Path))
@click.option(
    "--scenario", "file", type=click.Path(path_type=Path), metavar="FILE", help="A scenario, in TOML."
)
@click.option("--direct", is_flag=True, help="Ask the engine itself, without a guest.")
@click.option(
    "--guest", is_flag=True, help="Ask through the built-in bench guest; so without APP and --direct."
)
@click.option(
    "--request-file",
    "request",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What to send to APP: `POST /path`, headers, an empty line, a body with {{prompt}} in it.",
)
@click.option(
    "-m",
    "--model",
    "models",
    multiple=True,
    metavar="SOURCE",
    help="A .gguf file, `builtin`, NAME=SOURCE, or a name in spinfer.toml. Repeatable: each is measured.",
)
@click.option(
    "--prompts",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help='Prompts, a JSON object a line: {"prompt": "…"}.',
)
@click.option("-p", "--prompt", multiple=True, metavar="TEXT", help="A prompt. Repeatable.")
@click.option("--prompt-tokens", metavar="VALUES", help="Generate prompts of exactly so many tokens.")
@_parameters
@click.option(
    "--sample", type=int, metavar="N", help="Measure only N points of the grid (a Latin hypercube)."
)
@click.option("--repetitions", type=int, metavar="N", help="How often each cell is measured; 3 unless told.")
@click.option(
    "--requests", type=int, metavar="N", help="Requests of a cell in each repetition; else every prompt once."
)
@click.option("--seed", type=int, metavar="N", help="Of the first repetition; the next have the next ones.")
@click.option("--order-seed", type=int, metavar="N", help="Of the random order in which cells are measured.")
@click.option("--warm-up", type=int, metavar="N", help="Requests before anything is measured; 1 unless told.")
@click.option("--concurrency", metavar="VALUES", help="Requests at a time.")
@click.option("--rate", metavar="VALUES", help="Requests a second, whether or not earlier ones are answered.")
@click.option(
    "--arrivals", type=click.Choice(["poisson", "fixed"]), help="How those are spread; poisson unless told."
)
@click.option("--saturate", is_flag=True, help="Double the requests at a time until that brings nothing.")
@click.option("--slo", metavar="LIMITS", help="Count requests within limits: ttft=500ms,tpot=80ms.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where results go.",
)
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="DIR", help="Go on with the interrupted run in DIR."
)
@reports.OUTPUT
@options.VERBOSE
def run(
    resume: Path | None,
    folder: Path | None,
    outputs: tuple[str, ...],
    verbose: int,
    **given: Any,  # noqa: ANN401 - every other option, by its name: `choices` knows them
) -> int:
    """Measure what inference parameters do: to speed, and to what is said.

    APP is a spin.toml, a folder that has one, or a component that answers HTTP; without one, a guest inside
    spinfer asks the model.

    \b
      spinfer bench --temperature 0,0.4,0.8 --top-k 1-81+20
      spinfer bench --direct --guest -m model.gguf --prompt-tokens 512 --max-tokens 64
      spinfer bench --scenario guest-examples/bench-params/scenario.toml -o html
    """
    # imported here: it brings llama.cpp, for which --help and a mistaken option need not wait
    from spinfer.bench import session  # noqa: PLC0415

    configure_logging(verbose)
    wanted = reports.formats(outputs)
    if resume is not None:
        _refuse_others(given, folder)
        journal = session.resume(resume)
        return _measure(experiment_from_json(journal.run), journal, resume, wanted)
    experiment = choices.experiment(given)
    target = folder or Path(f"bench-{datetime.now():%Y%m%d-%H%M%S}")
    journal = session.begin(experiment, target)
    try:
        return _measure(experiment, journal, target, wanted)
    except OperatorError:
        session.forget(target)
        raise


def _measure(experiment: Experiment, journal: Journal, folder: Path, wanted: tuple[str, ...]) -> int:
    from spinfer.bench import session  # noqa: PLC0415 - as above

    console = Console(stderr=True)
    interrupted = False
    if not journal.ended:
        try:
            with (
                handling(signal.default_int_handler, signal.SIGINT, signal.SIGTERM),
                LiveProgress(console) as live,
                model_progress() as loading,
            ):
                session.measure(experiment, journal, folder, live, loading)
        except KeyboardInterrupt:
            interrupted = True
    summary = summarize(session.resume(folder))
    terminal.show(summary, Console())
    written = [folder / "run.jsonl", *reports.write(summary, journal, folder, wanted)]
    console.print("Results: " + ", ".join(dict.fromkeys(map(str, written))), highlight=False, markup=False)
    return EXIT_INTERRUPTED if interrupted else 0


def _refuse_others(given: Mapping[str, Any], folder: Path | None) -> None:
    named = [name for name, value in given.items() if value not in (None, (), False)]
    if named or folder is not None:
        other = named[0].replace("_", "-") if named else "to"
        raise ConfigError(
            f"a run goes on as it began: --resume takes no --{other}",
            where="--resume",
            cure="Leave the other options out, or begin a new run.",
        )
