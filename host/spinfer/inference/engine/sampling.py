"""SamplingParams → the stages in which a token is drawn, as values.

The order is that of llama.cpp's own tools: penalties, top-k, top-p, temperature, then the draw. What a
grammar does not allow is out before all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from spinfer.inference.types import SamplingParams


@dataclass(frozen=True, slots=True)
class Penalties:
    """Make the last `last_n` tokens less likely: logits above 0 are divided by `repeat`."""

    last_n: int
    repeat: float


@dataclass(frozen=True, slots=True)
class TopK:
    k: int


@dataclass(frozen=True, slots=True)
class TopP:
    p: float


@dataclass(frozen=True, slots=True)
class Temperature:
    t: float


@dataclass(frozen=True, slots=True)
class Draw:
    """By probability, from a generator seeded with `seed` (32 bits)."""

    seed: int


@dataclass(frozen=True, slots=True)
class Greedy:
    """The most likely token."""


_RANDOM_SEED = 2**32 - 1
"""llama.cpp takes this number for the wish to have another one."""

Stage = Penalties | TopK | TopP | Temperature | Draw | Greedy


def stages(params: SamplingParams, seed: int, *, vocabulary: int, context: int) -> tuple[Stage, ...]:
    """What to do to the logits, in order. Guests may ask for any u32: what exceeds the model is cut to it."""
    found: list[Stage] = []
    if params.penalizes:
        last_n = min(params.repeat_penalty_last_n_token_count, context)
        found.append(Penalties(last_n, params.repeat_penalty))
    if params.greedy:
        return (*found, Greedy())
    if 0 < params.top_k < vocabulary:
        found.append(TopK(params.top_k))
    if params.top_p < 1:
        found.append(TopP(params.top_p))
    return (*found, Temperature(params.temperature), Draw(seed % _RANDOM_SEED))
