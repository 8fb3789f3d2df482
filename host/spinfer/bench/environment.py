"""What a result depends on beside the experiment: the machine, the versions, and how busy it was."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from spinfer.inference.engine import machine

_PACKAGES = ("spinfer", "llama-cpp-python", "wasmtime", "numpy")

QUIET_CORES = 0.15
"""More than this of a core, busy with something else, and the machine is called noisy."""


def describe() -> dict[str, Any]:
    """Facts, by their name in a report; None where nobody says."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {**{name: _version(name) for name in _PACKAGES}, "python": platform.python_version()},
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpu": _cpu_model(),
        "logical_cpus": os.cpu_count(),
        "physical_cores": machine.physical_cores(),
        "memory_bytes": _memory(),
        "memory_available_bytes": machine.available_memory(),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def noise(busy_cores: float | None) -> str | None:
    """A sentence for whoever reads the results, where others kept the machine busy; else None."""
    if busy_cores is None:
        return "How busy the machine was with something else is not known on this system."
    if busy_cores <= QUIET_CORES:
        return None
    return (
        f"The machine was not quiet: {busy_cores:.2f} cores were busy with something else on average. "
        "Times are longer, and differ more, than they would alone."
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu_model() -> str | None:
    for line in (_read(Path("/proc/cpuinfo")) or "").splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return platform.processor() or None


def _memory() -> int | None:
    for line in (_read(Path("/proc/meminfo")) or "").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None
