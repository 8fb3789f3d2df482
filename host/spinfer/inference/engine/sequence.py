"""One request's life inside the engine: its phase, its tokens, and what its caller is told."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from enum import Enum
from queue import SimpleQueue

from spinfer.errors import InferenceError
from spinfer.inference.engine.kv_cache import Lease
from spinfer.inference.types import FinishReason, SamplingParams, Timings


class Phase(Enum):
    """Where a sequence stands."""

    WAITING = "waiting"
    PREFILL = "prefill"
    DECODE = "decode"
    ENDED = "ended"


_MOVES: dict[Phase, frozenset[Phase]] = {
    Phase.WAITING: frozenset({Phase.PREFILL, Phase.ENDED}),
    Phase.PREFILL: frozenset({Phase.DECODE, Phase.ENDED}),
    Phase.DECODE: frozenset({Phase.ENDED}),
    Phase.ENDED: frozenset(),
}


class IllegalMove(RuntimeError):
    """A mistake of the engine's: no sequence moves that way. The sequence stays as it was."""


@dataclass(frozen=True, slots=True)
class Generated:
    """Tokens, in order, since the last event."""

    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a sequence that was answered; `tokens` are those since the event before."""

    tokens: tuple[int, ...]
    reason: FinishReason


@dataclass(frozen=True, slots=True)
class Failed:
    """The last event of a sequence that was not answered."""

    error: InferenceError


Event = Generated | Ended | Failed


PIECEWISE_S = 0.01
"""Tokens that come faster than this reach the caller together: waking a thread for each costs more than a
small model takes to make it."""

AT_THE_END = math.inf
"""For a caller that needs nothing sooner: sixteen of those that woke for each token took up to 5 ms of a
step of 220, and 0.4 when they did not."""


@dataclass(slots=True, eq=False)
class Sequence:
    """One request. Its maker fills in the fields down to `hold_back_s`; the engine's thread owns the rest.

    `tokens` begins as the prompt and grows; `max_new_tokens` is at least 1 and fits the context.
    `outbox` carries its events to the caller, the last one being Ended or Failed.
    """

    tokens: array[int]
    params: SamplingParams
    seed: int
    max_new_tokens: int
    submitted_s: float
    hold_back_s: float = PIECEWISE_S
    """Least time between two events with tokens. The first token is never held back, but by AT_THE_END."""
    outbox: SimpleQueue[Event] = field(default_factory=SimpleQueue)
    keep: bool = False
    """Set by a caller that leaves because it has what it wanted: what was computed stays in the cache."""

    prompt_length: int = field(init=False)
    phase: Phase = field(default=Phase.WAITING, init=False)
    lease: Lease | None = field(default=None, init=False)
    _unsent: list[int] = field(default_factory=list, init=False)
    _started_s: float | None = field(default=None, init=False)
    _came_s: array[float] = field(default_factory=lambda: array("d"), init=False)
    _due_s: float = field(init=False)
    """When tokens are next sent."""

    def __post_init__(self) -> None:
        self.prompt_length = len(self.tokens)
        assert self.prompt_length and self.max_new_tokens, "nothing to decode"
        self._due_s = math.inf if self.hold_back_s == AT_THE_END else -math.inf

    def __repr__(self) -> str:
        return f"<Sequence {self.phase.value}: {self.prompt_length} + {self.generated} tokens>"

    @property
    def generated(self) -> int:
        return len(self.tokens) - self.prompt_length

    @property
    def ended(self) -> bool:
        return self.phase is Phase.ENDED

    @property
    def cached_prompt_tokens(self) -> int:
        return self.lease.shared if self.lease else 0

    @property
    def timings(self) -> Timings:
        """As of the last event; a caller reads them after it."""
        began = self.submitted_s
        queued = 0.0 if self._started_s is None else self._started_s - began
        if not self._came_s:
            return Timings(queued, submitted_s=began)
        came = tuple(at - began for at in self._came_s)
        return Timings(queued, came[0], came[-1] - came[0], began, came)

    @property
    def limit(self) -> int:
        """Most cells it can come to need: the last token that is drawn is never decoded."""
        return self.prompt_length + self.max_new_tokens - 1

    def move(self, phase: Phase) -> None:
        if phase not in _MOVES[self.phase]:
            raise IllegalMove(f"{self!r} cannot become {phase.value}")
        self.phase = phase

    def start(self, now: float) -> None:
        """The first of its tokens goes into a batch."""
        if self._started_s is None:
            self._started_s = now

    def accept(self, token: int, now: float) -> None:
        """Take a token that was drawn and is part of the answer."""
        self.tokens.append(token)
        self._unsent.append(token)
        self._came_s.append(now)
        if now >= self._due_s:
            self.outbox.put(Generated(self._take_unsent()))
            self._due_s = now + self.hold_back_s

    def end(self, reason: FinishReason) -> None:
        self.move(Phase.ENDED)
        self.outbox.put(Ended(self._take_unsent(), reason))

    def fail(self, error: InferenceError) -> None:
        self.move(Phase.ENDED)
        self.outbox.put(Failed(error))

    def _take_unsent(self) -> tuple[int, ...]:
        tokens = tuple(self._unsent)
        self._unsent.clear()
        return tokens
