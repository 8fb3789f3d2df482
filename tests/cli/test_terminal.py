"""What a person sees while models load."""

import io
import itertools

from rich.console import Console
from rich.progress import Progress

from spinfer.cli.terminal import ModelProgress


def shown(*, terminal: bool, step_s: float) -> str:
    """Two models loading at once, while a clock goes on by `step_s` each time it is asked."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100)
    with Progress(console=console, transient=True, disable=not terminal) as bars:
        progress = ModelProgress(bars, itertools.count(0.0, step_s).__next__)
        for model, fraction in (("[a]", 0.0), ("b", 0.5), ("[a]", 1.0), ("b", 1.0)):
            progress(model, fraction)
    return out.getvalue()


def test_the_time_that_each_took() -> None:
    out = shown(terminal=True, step_s=1.5)
    assert "Loaded [a] in 3.0 s\n" in out
    assert "Loaded b in 3.0 s\n" in out


def test_what_took_no_time_is_not_worth_a_line() -> None:
    assert "Loaded" not in shown(terminal=True, step_s=0.01)


def test_nothing_elsewhere() -> None:
    assert shown(terminal=False, step_s=1.5) == ""
