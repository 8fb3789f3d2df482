"""What this process, and everybody else, takes of the machine. Linux says; elsewhere most is None."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

_STAT = Path("/proc/stat")
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""Written to clear_refs, it makes the present resident memory the peak (man 5 proc)."""


@dataclass(frozen=True, slots=True)
class Load:
    """CPU seconds up to now: of this process with all its threads, and of the whole machine."""

    at_s: float
    own_s: float
    all_s: float | None

    def since(self, before: Load) -> Span:
        both = None if self.all_s is None or before.all_s is None else self.all_s - before.all_s
        own = self.own_s - before.own_s
        others = None if both is None else max(0.0, both - own)
        return Span(self.at_s - before.at_s, own, others)


@dataclass(frozen=True, slots=True)
class Span:
    """Between two looks. `others_s`: CPU seconds that other processes used; counted in hundredths."""

    wall_s: float
    own_s: float
    others_s: float | None


def load() -> Load:
    return Load(time.monotonic(), time.process_time(), _all_cpu_s())


def reset_peak() -> None:
    """From now on `peak_bytes` counts anew, where the system lets us."""
    try:
        _CLEAR.write_text(_RESET_PEAK)
    except OSError:
        return


def peak_bytes() -> int | None:
    """The most memory that was resident at once."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return next((int(kib) * 1024 for kib in found), None)


def _all_cpu_s() -> float | None:
    try:
        line = _STAT.read_text().partition("\n")[0]
    except OSError:
        return None
    user, nice, system, _idle, _iowait, irq, soft_irq, steal = map(int, line.split()[1:9])
    return (user + nice + system + irq + soft_irq + steal) / os.sysconf("SC_CLK_TCK")
