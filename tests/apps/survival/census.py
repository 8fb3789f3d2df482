"""`python -m apps.survival.census ARGUMENTS…`: the `spinfer` command, which counts itself when it is asked.

Each line that comes through a pipe is answered by a line of JSON: threads, files, memory, and the Python
objects by type. Otherwise it is the command itself; nothing of it knows that it is counted.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from spinfer.cli import main
from spinfer.inference.engine.thread import EngineThread

_COUNTED = ("spinfer.", "wasmtime.", "uvicorn.", "asyncio.", "_asyncio", "_thread", "threading")


@dataclass(frozen=True)
class Census:
    """What a process holds at one moment."""

    threads: int
    files: int
    memory_kib: int
    """Resident."""
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
        threads=len(os.listdir("/proc/self/task")),
        files=len(os.listdir("/proc/self/fd")),
        memory_kib=_resident_kib(),
        objects={name: count for name, count in objects.items() if name.startswith(_COUNTED)},
        callers=sum(engine.callers for engine in engines),
        requests={
            how: sum(getattr(engine.counters, how) for engine in engines)
            for how in ("finished", "cancelled", "failed")
        },
    )


def _resident_kib() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0])


def _answer(questions: int, answers: int) -> None:
    with os.fdopen(questions) as asked, os.fdopen(answers, "w") as told:
        for _ in asked:
            told.write(json.dumps(asdict(take())) + "\n")
            told.flush()


if __name__ == "__main__":
    threading.Thread(
        target=_answer, args=(int(sys.argv[1]), int(sys.argv[2])), name="census", daemon=True
    ).start()
    sys.exit(main(sys.argv[3:]))
