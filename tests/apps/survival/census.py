"""`python -m apps.survival.census FILES ARGUMENTS…`: the `spinfer` command, which counts itself when asked.

Each line that comes through a pipe is answered by a line of JSON: threads, files, memory, and the Python
objects by type. `FILES` are two ends of pipes for the command's own process, and two for each that it forks.
Otherwise it is the command itself; nothing of it knows that it is counted.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from spinfer.cli import main
from spinfer.inference.engine.thread import EngineThread

_COUNTED = ("spinfer.", "wasmtime.", "uvicorn.", "asyncio.", "_asyncio", "_thread", "threading")


@dataclass(frozen=True)
class Census:
    """What a process holds at one moment."""

    threads: int
    """Besides those for guests, which come when they are needed, up to a limit, and stay."""
    files: int
    memory_kib: int
    """Its own, and its share of what it shares."""
    objects: dict[str, int]
    callers: int
    """Of all models."""
    requests: dict[str, int]
    """By how the models' requests ended."""


def take() -> Census:
    gc.collect()
    held = gc.get_objects()
    objects = Counter(f"{type(each).__module__}.{type(each).__qualname__}" for each in held)
    engines = [each for each in held if isinstance(each, EngineThread)]
    return Census(
        threads=len(os.listdir("/proc/self/task")) - _threads_for_guests(),
        files=len(os.listdir("/proc/self/fd")),
        memory_kib=_memory_kib(),
        objects={name: count for name, count in objects.items() if name.startswith(_COUNTED)},
        callers=sum(engine.callers for engine in engines),
        requests={
            how: sum(getattr(engine.counters, how) for engine in engines)
            for how in ("finished", "cancelled", "failed")
        },
    )


def together(counts: Iterable[Census]) -> Census:
    """What several processes hold."""
    every = tuple(counts)
    return Census(
        threads=sum(each.threads for each in every),
        files=sum(each.files for each in every),
        memory_kib=sum(each.memory_kib for each in every),
        objects=dict(sum((Counter(each.objects) for each in every), Counter())),
        callers=sum(each.callers for each in every),
        requests=dict(sum((Counter(each.requests) for each in every), Counter())),
    )


def _threads_for_guests() -> int:
    return sum(thread.name.startswith("spinfer-guest-") for thread in threading.enumerate())


def _memory_kib() -> int:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _answer(questions: int, answers: int) -> None:
    with os.fdopen(questions) as asked, os.fdopen(answers, "w") as told:
        for _ in asked:
            told.write(json.dumps(asdict(take())) + "\n")
            told.flush()


def _count_here(pipes: list[int]) -> None:
    """With the first two of `pipes`; a process that is forked gets the next two."""
    questions, answers = pipes.pop(0), pipes.pop(0)
    threading.Thread(target=_answer, args=(questions, answers), name="census", daemon=True).start()


def _forked(pipes: list[int]) -> None:
    """In the process that forked: those two are taken."""
    del pipes[:2]


if __name__ == "__main__":
    files = [int(file) for file in sys.argv[1].split(",")]
    _count_here(files)
    os.register_at_fork(after_in_child=lambda: _count_here(files), after_in_parent=lambda: _forked(files))
    sys.exit(main(sys.argv[2:]))
