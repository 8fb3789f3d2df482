"""The bench guest: a real component that does nothing but call `infer`, made anew for each request."""

from __future__ import annotations

import time
from importlib.resources import as_file, files
from typing import Final

from spinfer.bench.parameters import params
from spinfer.bench.targets.base import Asked, Outcome
from spinfer.bench.targets.observed import Models, ObservedModels, Probe, Probes
from spinfer.bindings.values import Err, Ok, Some
from spinfer.errors import GuestTrap
from spinfer.factors.llm import interface
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.factor import LlmFactor
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry

NAME: Final = "bench"
ENTRY: Final = Entry(None, "infer", interface.INFER)


class BenchGuest:
    """Instantiates, calls and closes on the caller's thread: what a trigger does for each of its requests."""

    def __init__(self, models: Models) -> None:
        self._probes = Probes()
        self._compiler = Compiler(pooling=True)
        access = {NAME: ModelAccess(every=True)}
        factor = LlmFactor(ObservedModels(models, self._probes), access)
        self._executor = Executor(self._compiler, [factor])
        with as_file(files(__package__) / "guest.wat") as path:
            self._executor.load([ComponentFile(NAME, path)], [ENTRY])

    def ask(self, asked: Asked) -> Outcome:
        probe, cancellation = Probe(asked), Cancellation()
        with self._probes.watching(cancellation, probe):
            began = time.monotonic()
            answer, error = "", None
            try:
                answer, error = self._call(asked, probe, cancellation)
            except GuestTrap as trap:
                error = str(trap)
            ended = time.monotonic()
        return Outcome(began, ended, answer, tuple(probe.calls), probe.instantiate_s, error)

    def close(self) -> None:
        self._compiler.close()

    def _call(self, asked: Asked, probe: Probe, cancellation: Cancellation) -> tuple[str, str | None]:
        began = time.monotonic()
        with self._executor.instantiate(NAME, cancellation=cancellation) as instance:
            probe.instantiate_s = time.monotonic() - began
            match instance.call(asked.model, asked.prompt, Some(params(asked.settings))):
                case Ok(result):
                    return result.text, None
                case Err(error):
                    return "", f"{error.name}: {error.value}" if error.value else error.name
        raise AssertionError("`infer` returns a result")
