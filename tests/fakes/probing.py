"""Running a guest of the tests' own, which runs the Python it is handed and prints what that `said`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

from guests import COMPILED
from spinfer.errors import GuestTrap
from spinfer.factors.base import Factor
from spinfer.factors.wasi.factor import WasiFactor
from spinfer.factors.wasi.grants import Grants
from spinfer.factors.wasi.stdio import Sink
from spinfer.factors.wasi_io.factor import WasiIoFactor
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile, Entry

RUN = Entry("wasi:cli/run", "run", "func() -> result")


def said(
    compiler: Compiler,
    probe: Path,
    source: str,
    factors: Sequence[Factor],
    *,
    component: str = "probe",
    cancellation: Cancellation | None = None,
    deadline_s: float | None = None,
) -> Mapping[str, Any]:
    """By one instance of the `probe`, which has WASI and what `factors` serve; a trap has its words."""
    out, err = bytearray(), bytearray()
    grants = Grants(
        arguments=("probe", dedent(source)),
        stdout=lambda: Sink(out.extend, lambda: None),
        stderr=lambda: Sink(err.extend, lambda: None),
    )
    executor = Executor(
        compiler,
        [WasiIoFactor(), WasiFactor({component: grants}), *factors],
        compile_=CompileCache(compiler, COMPILED).compile,
        limits=Limits(deadline_s=deadline_s),
    )
    executor.load([ComponentFile(component, probe)], [RUN])
    with executor.instantiate(component, cancellation=cancellation) as instance:
        try:
            instance.call()
        except GuestTrap as trap:
            trap.add_note(err.decode())
            raise
    return dict(json.loads(out))
