"""Journals without a run: requests whose numbers are known, in as many cells as are wanted."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

from spinfer.bench import experiment as experiments
from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.experiment import Experiment
from spinfer.bench.grid import Grid
from spinfer.bench.journal import VERSION, Journal
from spinfer.bench.load import Closed
from spinfer.bench.prompts import Prompt
from spinfer.bench.ranges import Number
from spinfer.bench.record import Inference, Record
from spinfer.bench.schedule import Plan, Purpose, blocks

PROMPTS = (Prompt("Good?", "yes"), Prompt("Bad?", "no"))

Gap = Callable[[Cell, int], float]
"""Seconds between two tokens of a cell's request with that number."""

ENVIRONMENT = {
    "time": "2026-01-02T03:04:05+00:00",
    "versions": {"spinfer": "1.0", "python": "3.11"},
    "system": "Linux",
    "machine": "x86_64",
    "cpu": "Some CPU",
    "logical_cpus": 2,
    "physical_cores": 2,
    "memory_bytes": 2**33,
}
MODEL = {
    "name": "m",
    "source": "/m.gguf",
    "cold_load_s": 0.5,
    "file": "m.gguf",
    "sha256": "ab" * 32,
    "file_bytes": 1000,
    "description": "llama",
    "threads": 2,
    "context_tokens": 512,
}


def journal(
    settings: Iterable[tuple[str, tuple[Number, ...]]],
    gap: Gap = lambda cell, number: 0.01,
    *,
    prompts: tuple[Prompt, ...] = PROMPTS,
    repetitions: int = 3,
    targets: tuple[TargetKind, ...] = (TargetKind.GUEST,),
    text: Callable[[Cell], str] = lambda cell: "yes",
    ended: bool = True,
) -> Journal:
    """A run that is complete, as if it had been read."""
    grid = Grid(targets, ("m",), (Closed(),), (None,), tuple(settings))
    plan = Plan(prompts=len(prompts), repetitions=repetitions)
    made = Experiment(grid.cells(), plan, prompts, {}, points=grid.points)
    header = {"kind": "run", "version": VERSION, **experiments.as_json(made)}
    found = Journal(header, [{"kind": "session", "environment": ENVIRONMENT, "models": [MODEL]}], ended=ended)
    for block in blocks(plan, made.cells):
        for ask in block.asks:
            seconds = gap(ask.cell, ask.repetition * plan.prompts + ask.number)
            one = record(ask.id, ask.cell, prompts[ask.prompt].id, ask.purpose, seconds, text(ask.cell))
            found.records[ask.id] = one
        line = {
            "kind": "block",
            "id": block.id,
            "cell": block.cell.id,
            "purpose": block.asks[0].purpose.value,
            "session": 0,
            "began_s": 0.0,
            "wall_s": 0.5 * len(block.asks),
            "own_cpu_s": 0.1,
            "others_cpu_s": 0.0,
        }
        found.blocks.append(line)
    return found


def record(id: str, cell: Cell, prompt: str, purpose: Purpose, gap_s: float, text: str) -> Record:
    """Ten tokens, `gap_s` apart, the first after 0.1 s; the guest takes 1 ms and the host 2."""
    _, repetition, number = id.rsplit(".", 2)
    draw = random.Random(f"{cell.settings} {id}")
    tokens = (100_000, *[round(gap_s * 1e6)] * 9)
    inference = Inference(
        entered_s=5.002,
        left_s=5.2 + 9 * gap_s,
        submitted_s=5.003,
        queue_s=0.02,
        tokens_us=tokens,
        prompt_tokens=30,
        cached_prompt_tokens=10,
        generated_tokens=10,
        finish="stop",
        seed=1,
        settings=dict(cell.settings),
        text=text,
        tokens=tuple(draw.randrange(50) for _ in range(10)),
    )
    return Record(
        id=id,
        cell=cell.id,
        purpose=purpose,
        repetition=int(repetition),
        number=int(number),
        prompt=prompt,
        seed=1 + int(repetition),
        due_s=5.0,
        began_s=5.0,
        ended_s=5.202 + 9 * gap_s,
        answer=text,
        inferences=(inference,),
        instantiate_s=0.001,
        cpu_s=0.2,
        peak_bytes=2**20 * 300,
    )
