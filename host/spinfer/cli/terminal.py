"""What a person sees besides the guest's own output: log lines and progress, all on stderr."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
"""By the number of `-v`."""

NOTICE_AFTER_S = 0.5


def configure_logging(verbosity: int) -> None:
    """Log lines of our own and of libraries go to stderr, at the level that the number of `-v` asks for."""
    console = Console(stderr=True)
    handler: logging.Handler
    if console.is_terminal:
        handler = RichHandler(
            console=console, show_path=False, show_time=verbosity > 0, omit_repeated_times=False
        )
        handler.setFormatter(logging.Formatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=LEVELS[min(verbosity, len(LEVELS) - 1)], handlers=[handler], force=True)


class ModelProgress:
    """Bars for the models that are being loaded, on a terminal; then a line with the time that it took.

    Called from the threads that load, with a model's name and the fraction that is there. Elsewhere than on a
    terminal the log has it all.
    """

    def __init__(self, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._clock = clock
        self._loads: dict[str, tuple[TaskID, float]] = {}
        self._lock = threading.Lock()

    def __call__(self, model: str, fraction: float) -> None:
        with self._lock:
            if model not in self._loads:
                self._progress.start()
                self._loads[model] = (self._progress.add_task(f"loading {model}", total=1.0), self._clock())
            task, began_s = self._loads[model]
            self._progress.update(task, completed=fraction)
            if fraction >= 1:
                del self._loads[model]
                self._progress.remove_task(task)
                self._say(model, self._clock() - began_s)
            if not self._loads:
                self._progress.stop()

    def _say(self, model: str, took_s: float) -> None:
        if took_s >= NOTICE_AFTER_S and not self._progress.disable:
            self._progress.console.print(
                f"Loaded {model} in {took_s:.1f} s", highlight=False, markup=False, soft_wrap=True
            )


@contextmanager
def model_progress() -> Iterator[ModelProgress]:
    console = Console(stderr=True)
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    try:
        yield ModelProgress(bars)
    finally:
        bars.stop()


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Hears numbers up to 1: a bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=1.0)
        yield lambda part: bars.update(task, completed=part)


@contextmanager
def notice_if_slow(text: str) -> Iterator[None]:
    """Say what is being done if it takes longer than a moment: as a spinner, or as one line in a log."""
    console = Console(stderr=True)
    status = console.status(f"{text} …")

    def say() -> None:
        if console.is_terminal:
            status.start()
        else:
            console.print(f"{text} …", highlight=False)

    timer = threading.Timer(NOTICE_AFTER_S, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
