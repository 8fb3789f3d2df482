"""What it takes to be measured: one request in, what became of it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from spinfer.bench.parameters import Settings
from spinfer.inference.types import Completion, SamplingParams


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a target gets it. Parameters that `settings` does not name are the target's own."""

    model: str
    prompt: str
    settings: Settings
    seed: int


@dataclass(frozen=True, slots=True)
class Call:
    """One `infer` as the host saw it; times by `time.monotonic`.

    `seed` is what was asked for, `completion` None where it failed, for the reason in `error`.
    """

    prompt: str
    params: SamplingParams
    seed: int
    entered_s: float
    left_s: float
    completion: Completion | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request; times by `time.monotonic`. `error` is one sentence, None for success."""

    began_s: float
    ended_s: float
    answer: str
    calls: tuple[Call, ...]
    instantiate_s: float | None = None
    """Making the instance, where there is one."""
    error: str | None = None
    notes: Mapping[str, object] = field(default_factory=dict)
    """What is peculiar to the target: an HTTP status."""


class Target(Protocol):
    """One way to ask. `ask` is called from many threads, and raises nothing that a request can cause."""

    def ask(self, asked: Asked) -> Outcome: ...

    def close(self) -> None:
        """Free what it holds; not the models."""
        ...
