"""What this machine has for any app: a free port, and a llama.cpp that was made for its CPU."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from spinfer.doctor.finding import Finding, Level, fine, hint
from spinfer.errors import OperatorError, Problem
from spinfer.inference.child import ChildFailed
from spinfer.triggers.http.listener import Address, listen

_FLAGS: Final = {
    "AVX": ("avx",),
    "AVX2": ("avx2",),
    "FMA": ("fma",),
    "F16C": ("f16c",),
    "AVX512": ("avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"),
    "AVX512_VNNI": ("avx512_vnni",),
}
"""llama.cpp's name for what makes it quicker, and what /proc/cpuinfo calls it. Only x86 is judged."""
_PACKAGE: Final = "llama-cpp-python"
_REBUILD: Final = (
    "Build it for this machine: pip install --force-reinstall --no-binary :all: llama-cpp-python"
)


def port(address: str) -> Iterator[Finding]:
    try:
        listener, _ = listen(Address.parse(address))
    except OperatorError as e:
        yield from (Finding("port", Level.PROBLEM, problem) for problem in e.problems)
        return
    listener.close()
    yield fine("port", f"{address} is free")


def cpu(built_for: Collection[str] | ChildFailed, flags: Collection[str]) -> Iterator[Finding]:
    """Pure. `flags`: what the CPU can do, in the system's words; none where that is not known."""
    if isinstance(built_for, ChildFailed):
        problem = Problem(f"llama.cpp cannot be loaded here: {built_for}", _PACKAGE, _REBUILD)
        yield Finding("cpu", Level.PROBLEM, problem)
        return
    beyond = [name for name in _FLAGS if name in built_for and flags and not {*_FLAGS[name]} <= {*flags}]
    if beyond:
        what = f"llama.cpp was built for {', '.join(beyond)}, which this CPU has not: it may crash"
        yield Finding("cpu", Level.PROBLEM, Problem(what, _PACKAGE, _REBUILD))
        return
    idle = [name for name, needed in _FLAGS.items() if name not in built_for and {*needed} <= {*flags}]
    if idle:
        what = f"llama.cpp was built without {', '.join(idle)}, which this CPU has and would be quicker with"
        yield hint("cpu", what, _PACKAGE, _REBUILD)
    else:
        used = ", ".join(name for name in _FLAGS if name in built_for)
        yield fine("cpu", f"llama.cpp uses {used or 'what this CPU has'}")


def cpu_flags(file: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Of the first processor; none where the system does not say."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    found = next((line for line in lines if line.partition(":")[0].strip() == "flags"), "")
    return frozenset(found.partition(":")[2].split())
