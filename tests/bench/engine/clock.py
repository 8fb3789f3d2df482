"""How long things take, and how busy the machine is with something else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_STAT = Path("/proc/stat")
_TICKS_PER_S = 100
"""Of /proc/stat: Linux promises this number to programs, whatever the kernel's own clock."""


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and the result."""
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def together(calls: Sequence[Callable[[], T]]) -> tuple[float, list[T]]:
    """Each call on a thread of its own, all let go at once: seconds until the last is done; the results."""
    gate = threading.Barrier(len(calls) + 1)

    def run(call: Callable[[], T]) -> T:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        running = [pool.submit(run, call) for call in calls]
        gate.wait()
        return timed(lambda: [future.result() for future in running])


def busy_cores(over_s: float = 0.3) -> float | None:
    """How many cores somebody else uses, looked at while this process sleeps; None where nobody says."""
    before = _busy_ticks()
    time.sleep(over_s)
    after = _busy_ticks()
    return None if before is None or after is None else (after - before) / (_TICKS_PER_S * over_s)


def _busy_ticks() -> int | None:
    try:
        line = _STAT.read_text().splitlines()[0]
    except OSError:
        return None
    user, nice, system, _idle, _iowait, irq, soft_irq, steal = map(int, line.split()[1:9])
    return user + nice + system + irq + soft_irq + steal
