"""Runs an experiment: models, targets, warm-up, blocks, scores. What is found is in the journal at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from spinfer.bench import cells as cells_
from spinfer.bench import environment, saturation
from spinfer.bench import experiment as experiments
from spinfer.bench import record as records
from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.driver import BlockSpan, Driver
from spinfer.bench.experiment import Experiment
from spinfer.bench.journal import VERSION, Journal, Writer
from spinfer.bench.model_set import ModelSet
from spinfer.bench.record import Done, Record
from spinfer.bench.schedule import Ask, Block, Purpose, blocks, warm_up
from spinfer.bench.targets.base import Asked, Outcome, Target
from spinfer.errors import ConfigError, ModelError, OperatorError


class Listener(Protocol):
    """Whoever shows how far it is. Called on the main thread, but for `asked`."""

    def phase(self, text: str) -> None:
        """Something begins that takes a moment."""
        ...

    def planned(self, requests: int, done: int) -> None:
        """So many requests there will be; so many were there already."""
        ...

    def asked(self, record: Record) -> None:
        """A request has been answered, or has failed."""
        ...

    def finished(self, cell: Cell, records: list[Record]) -> None:
        """A cell is complete: all its measured requests."""
        ...


Open = Callable[[TargetKind], Target]


@dataclass(slots=True)
class Run:
    """One session of a run: what to do, what was done before, and where to write what is found."""

    experiment: Experiment
    models: ModelSet
    open: Open
    writer: Writer
    journal: Journal
    listener: Listener
    stop: Callable[[], None]
    """Ends whatever the models are at: nobody waits for answers when a run is interrupted."""
    zero_s: float = field(default_factory=time.monotonic)
    """The session's beginning; times in the journal count from here."""
    _by_cell: dict[str, dict[str, Record]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._sort(self.journal.records.values())

    def of_cell(self, cell: Cell) -> list[Record]:
        """Its measured requests so far."""
        return list(self._by_cell.get(cell.id, {}).values())

    def add(self, block: Block, times: BlockSpan, found: list[Record]) -> None:
        """A block is complete: on the disk when this returns."""
        span = times.span
        line = {
            "kind": "block",
            "id": block.id,
            "cell": block.cell.id,
            "purpose": block.asks[0].purpose.value,
            "session": len(self.journal.sessions) - 1,
            "began_s": round(times.began_s - self.zero_s, 6),
            "wall_s": round(span.wall_s, 6),
            "own_cpu_s": round(span.own_s, 4),
            "others_cpu_s": None if span.others_s is None else round(span.others_s, 4),
        }
        self.writer.write(line)
        self.writer.flush()
        self.journal.blocks.append(line)
        self.journal.records.update((record.id, record) for record in found)
        self._sort(found)

    def _sort(self, found: Iterable[Record]) -> None:
        for record in found:
            if record.purpose is Purpose.MEASURE:
                self._by_cell.setdefault(record.cell, {})[record.id] = record


def header(experiment: Experiment) -> dict[str, Any]:
    """The first line of a journal."""
    return {"kind": "run", "version": VERSION, **experiments.as_json(experiment)}


def run(run_: Run) -> None:
    """Everything that is not done yet. Raises OperatorError; what KeyboardInterrupt leaves can be resumed."""
    _begin_session(run_)
    with ExitStack() as closing:
        targets = _open_targets(run_, closing)
        driver = closing.enter_context(Driver())
        try:
            _ask_everything(run_, driver, _Asking(run_, targets))
        except BaseException:
            run_.stop()
            raise
    _score(run_)
    run_.writer.write({"kind": "end"})
    run_.writer.flush()
    run_.journal.ended = True


def _ask_everything(run_: Run, driver: Driver, asking: _Asking) -> None:
    _warm_up(run_, driver, asking)
    if run_.experiment.saturate:
        _saturate(run_, driver, asking)
    else:
        _measure_all(run_, driver, asking)


def _begin_session(run_: Run) -> None:
    """Load the models, and check all that can be checked before anything is measured."""
    run_.listener.phase("loading models")
    found = [run_.models.load(name) for name in run_.experiment.models]
    _check_unchanged(run_.journal, found)
    texts = {prompt.id: prompt.text for prompt in run_.experiment.prompts}
    through_an_app = {cell.model for cell in run_.experiment.cells if cell.target is not TargetKind.APP}
    problems = [problem for name in through_an_app for problem in run_.models.check(name, texts)]
    if problems:
        raise ConfigError.listing(problems)
    session = {"kind": "session", "environment": environment.describe(), "models": found}
    run_.writer.write(session)
    run_.journal.sessions.append(session)


def _check_unchanged(journal: Journal, found: Iterable[Mapping[str, Any]]) -> None:
    """Raises ModelError where a run is continued with other models than it began with."""
    before = {
        model["name"]: model.get("sha256") for session in journal.sessions for model in session["models"]
    }
    for model in found:
        if before.get(model["name"], model.get("sha256")) != model.get("sha256"):
            raise ModelError(
                f"model '{model['name']}': the file is not the one that this run began with",
                where=str(model["source"]),
                cure="Put the old one back, or begin a new run.",
            )


def _open_targets(run_: Run, closing: ExitStack) -> dict[TargetKind, Target]:
    run_.listener.phase("preparing targets")
    found = {}
    for kind in dict.fromkeys(cell.target for cell in run_.experiment.cells):
        found[kind] = run_.open(kind)
        closing.callback(found[kind].close)
    return found


class _Asking:
    """From an Ask to its target. Any thread, once the prompts of a block are prepared."""

    def __init__(self, run_: Run, targets: Mapping[TargetKind, Target]) -> None:
        self._run = run_
        self._targets = targets
        self._generated: dict[str, tuple[str, str]] = {}

    def prepare(self, block: Block) -> None:
        """Make its prompts now, not while it is timed."""
        self._generated = {}
        for ask in block.asks:
            if ask.cell.prompt_tokens is not None:
                text = self._run.models.generated(ask.cell.model, ask.cell.prompt_tokens, ask.id)
                self._generated[ask.id] = (f"generated:{ask.cell.prompt_tokens}", text)

    def prompt(self, ask: Ask) -> tuple[str, str]:
        """Its id and its text."""
        if ask.id in self._generated:
            return self._generated[ask.id]
        prompt = self._run.experiment.prompts[ask.prompt]
        return prompt.id, prompt.text

    def __call__(self, ask: Ask) -> Outcome:
        asked = Asked(ask.cell.model, self.prompt(ask)[1], ask.cell.settings, ask.seed)
        return self._targets[ask.cell.target].ask(asked)


def _warm_up(run_: Run, driver: Driver, asking: _Asking) -> None:
    """What fails here would fail every time: better now than after an hour."""
    run_.listener.phase("warming up")
    for block in warm_up(run_.experiment.plan, run_.experiment.cells, run_.experiment.warm_up):
        for record in _run_block(run_, driver, asking, block):
            if record.failed:
                raise _unusable(block.cell, str(record.error))


def _unusable(cell: Cell, error: str) -> OperatorError:
    where = {TargetKind.APP: "--request-file", TargetKind.GUEST: "bench guest", TargetKind.DIRECT: "--direct"}
    return ConfigError(
        f"the first request to model '{cell.model}' failed: {error}",
        where=where[cell.target],
        cure="Mend it; nothing was measured.",
    )


def _measure_all(run_: Run, driver: Driver, asking: _Asking) -> None:
    todo = blocks(run_.experiment.plan, run_.experiment.cells)
    done = run_.journal.done
    already = sum(len(block.asks) for block in todo if block.id in done)
    run_.listener.planned(sum(len(block.asks) for block in todo), already)
    for block in todo:
        if block.id not in done:
            _measure(run_, driver, asking, block)


def _saturate(run_: Run, driver: Driver, asking: _Asking) -> None:
    """Cells come up as the load rises, and are written down as they do."""
    for search in saturation.searches(run_.experiment):
        while (step := search.next()) is not None:
            if step.cell.id not in run_.journal.added:
                run_.writer.write({"kind": "cell", "id": step.cell.id, **cells_.as_json(step.cell)})
                run_.journal.added[step.cell.id] = step.cell
            done = run_.journal.done
            run_.listener.planned(sum(len(block.asks) for block in step.blocks), 0)
            for block in step.blocks:
                if block.id not in done:
                    _measure(run_, driver, asking, block)
            search.found(_throughput(run_, step.cell))


def _throughput(run_: Run, cell: Cell) -> float:
    """Generated tokens a second, all repetitions together."""
    wall_s = sum(block["wall_s"] for block in run_.journal.blocks if block["cell"] == cell.id)
    tokens = sum(call.generated_tokens for record in run_.of_cell(cell) for call in record.inferences)
    return tokens / wall_s if wall_s else 0.0


def _measure(run_: Run, driver: Driver, asking: _Asking, block: Block) -> None:
    """Run the block, and tell if that was its cell's last one."""
    _run_block(run_, driver, asking, block)
    if block.asks[0].purpose is Purpose.MEASURE:
        of_cell = run_.of_cell(block.cell)
        if len(of_cell) >= run_.experiment.plan.repetitions * len(block.asks):
            run_.listener.finished(block.cell, of_cell)


def _run_block(run_: Run, driver: Driver, asking: _Asking, block: Block) -> list[Record]:
    asking.prepare(block)
    found: list[Record] = []

    def finished(done: Done) -> None:
        record = records.record(done, asking.prompt(done.ask), run_.zero_s)
        run_.writer.write(records.as_json(record))
        found.append(record)
        if record.purpose is not Purpose.WARM_UP:
            run_.listener.asked(record)

    times = driver.run(block, asking, finished, seed=block.asks[0].seed)
    run_.add(block, times, found)
    return found


def _score(run_: Run) -> None:
    """How likely the models find what was said; after everything that is timed."""
    run_.listener.phase("scoring answers")
    texts = {prompt.id: prompt.text for prompt in run_.experiment.prompts}
    models = {id: cell.model for id, cell in run_.journal.cells.items()}
    todo: dict[str, list[Record]] = {}
    for record in run_.journal.records.values():
        wanted = record.purpose is Purpose.MEASURE and not record.failed and record.prompt in texts
        if wanted and record.id not in run_.journal.scores:
            todo.setdefault(models[record.cell], []).append(record)
    for model, waiting in todo.items():
        with run_.models.scoring(model) as scores:
            if scores is not None:
                for record in waiting:
                    calls = [call for call in record.inferences if call.tokens]
                    means = [
                        round(scores.mean(call.prompt or texts[record.prompt], call.tokens), 6)
                        for call in calls
                    ]
                    run_.writer.write({"kind": "score", "id": record.id, "mean_log_probability": means})
                    run_.journal.scores[record.id] = means
