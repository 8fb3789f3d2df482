"""The figures that matter: quotients of two contenders in one scenario, and what they are to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.engine import scenarios as s

Values = Mapping[str, Sequence[float]]
"""What one scenario measured: by contender, one value for each repetition."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound, and on which side of it to be."""

    bound: float
    at_most: bool = False

    def reached(self, value: float) -> bool:
        return value <= self.bound if self.at_most else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """`over` None: the value itself, in its scenario's unit."""

    name: str
    scenario: str
    of: str
    over: str | None = None
    goal: Goal | None = None

    def measured(self, values: Values) -> Spread:
        """Quotients within each repetition, so that what slows the machine for a while slows both."""
        if self.over is None:
            return Spread(tuple(values[self.of]))
        return Spread(tuple(a / b for a, b in zip(values[self.of], values[self.over], strict=True)))


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values, and how far they lie apart."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def greatest(self) -> float:
        return max(self.values)


DECODE_ONE = "decode, one sequence"
DECODE_MANY = "decode, 16 sequences"
STEP = "one step, 16 sequences"
ONE_BY_ONE = "16 at once, 16 one after another"
LONG = "16 sequences, long prompts"
PREFILL = "prefill, 512 tokens"
PREFIX = "time to first token, shared prefix"
CROWDED = "decode, one sequence, crowded cache"
EMBEDDINGS = "embeddings, bert as large as MiniLM"
BUILTIN_EMBEDDINGS = "embeddings, built-in model"
BUILTIN_ONE = "decode, one sequence, built-in model"

FIGURES = (
    Figure("decode, one sequence ÷ llama-bench", DECODE_ONE, s.GUEST, s.BENCH, Goal(0.97)),
    Figure("the same, called directly", DECODE_ONE, s.DIRECT, s.BENCH),
    Figure("decode, one sequence ÷ llama-cpp-python", DECODE_ONE, s.GUEST, s.STOCK),
    Figure("decode, 16 at once ÷ llama-batched-bench", DECODE_MANY, s.GUEST, s.BATCHED, Goal(0.92)),
    Figure("the same, called directly", DECODE_MANY, s.DIRECT, s.BATCHED),
    Figure("decode, 16 at once ÷ llama-server", DECODE_MANY, s.GUEST, s.SERVER, Goal(1.0)),
    Figure("the same, one KV cache for all ÷ llama-batched-bench", DECODE_MANY, s.GUEST, s.BATCHED_UNIFIED),
    Figure("the same, one KV cache for all ÷ llama-server", DECODE_MANY, s.GUEST, s.SERVER_UNIFIED),
    Figure("decode, 16 at once ÷ one after another", ONE_BY_ONE, s.GUEST, s.ONE_BY_ONE, Goal(3.0)),
    Figure("16 at once, prompts of 256 tokens ÷ llama-batched-bench", LONG, s.GUEST, s.BATCHED),
    Figure("16 at once, prompts of 256 tokens ÷ llama-server", LONG, s.GUEST, s.SERVER),
    Figure("prefill, 512 tokens ÷ llama-bench", PREFILL, s.GUEST, s.BENCH, Goal(0.95)),
    Figure("the same, called directly", PREFILL, s.DIRECT, s.BENCH),
    Figure(
        "shared prefix of 1,000 tokens: second time to first token ÷ first",
        PREFIX,
        s.second(s.GUEST),
        s.first(s.GUEST),
        Goal(0.15, at_most=True),
    ),
    Figure("the same, llama-server", PREFIX, s.second(s.SERVER), s.first(s.SERVER)),
    Figure("the engine's own time per step, 16 sequences, ms", STEP, s.OWN, goal=Goal(0.5, at_most=True)),
    Figure("drawing tokens per step, 16 sequences, ms", STEP, s.SAMPLING),
    Figure("crowded cache ÷ empty cache, called directly", CROWDED, s.CROWDED, s.DIRECT),
    Figure("embeddings, as large as MiniLM ÷ llama-server", EMBEDDINGS, s.GUEST, s.SERVER, Goal(1.0)),
    Figure("embeddings, built-in model ÷ llama-server", BUILTIN_EMBEDDINGS, s.GUEST, s.SERVER, Goal(1.0)),
    Figure("built-in model, one sequence ÷ llama-bench", BUILTIN_ONE, s.GUEST, s.BENCH, Goal(0.80)),
    Figure("the same, called directly", BUILTIN_ONE, s.DIRECT, s.BENCH),
)
