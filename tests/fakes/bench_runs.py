"""Experiments for tests: made of a few words, run in a folder, interrupted at will."""

from __future__ import annotations

from pathlib import Path

from spinfer.bench import scenario as scenarios
from spinfer.bench import session
from spinfer.bench.cells import Cell
from spinfer.bench.experiment import Experiment
from spinfer.bench.journal import Journal
from spinfer.bench.record import Record
from spinfer.bench.scenario import Scenario
from spinfer.config.models import ModelConfig


class Silent:
    """A listener that counts; `interrupt_after` requests, Ctrl-C is pressed."""

    def __init__(self, interrupt_after: int | None = None) -> None:
        self.requests = 0
        self.cells: list[Cell] = []
        self._interrupt_after = interrupt_after

    def phase(self, text: str) -> None: ...

    def planned(self, requests: int, done: int) -> None:
        if self._interrupt_after is not None and done >= self._interrupt_after:
            raise KeyboardInterrupt

    def asked(self, record: Record) -> None:
        self.requests += 1

    def finished(self, cell: Cell, records: list[Record]) -> None:
        self.cells.append(cell)
        if self._interrupt_after is not None and self.requests >= self._interrupt_after:
            raise KeyboardInterrupt


def experiment(models: dict[str, ModelConfig], **scenario: object) -> Experiment:
    return scenarios.experiment(Scenario.model_validate(scenario), models)


def mock(**config: object) -> ModelConfig:
    return ModelConfig.model_validate({"mock": config})


def measured(made: Experiment, folder: Path, listener: Silent | None = None) -> Journal:
    """Begin the run in `folder`, or go on with it; what is then on the disk."""
    there = (folder / "run.jsonl").exists()
    journal = session.resume(folder) if there else session.begin(made, folder)
    session.measure(made, journal, folder, listener or Silent(), lambda model, part: None)
    return session.resume(folder)
