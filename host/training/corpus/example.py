"""What a training example is, and which side of the held-out line it falls on."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import TypeVar

HELD_OUT_SHARE = 20  # one key in this many is never trained on


class Split(Enum):
    """Two disjoint halves of everything the generator can say."""

    TRAIN = "train"
    HELD_OUT = "held-out"


@dataclass(frozen=True)
class Example:
    """One question and its answer.

    `key` names the content apart from its dress (casing, quotes, the instruction around it); equal keys fall
    on the same side of the held-out line.
    """

    task: str
    prompt: str
    answer: str
    key: str
    system: str | None = None


def split_of(key: str) -> Split:
    """The side of a key: a hash decides, so no list of held-out items needs to be kept."""
    digest = hashlib.sha256(key.casefold().encode()).digest()
    return Split.HELD_OUT if int.from_bytes(digest[:4]) % HELD_OUT_SHARE == 0 else Split.TRAIN


def templates_for(templates: list[str], split: Split, every: int = 9) -> list[str]:
    """The templates of one side: of a long list, every ninth is kept for the held-out side alone."""
    if len(templates) < every:
        return templates
    return [t for i, t in enumerate(templates) if (i % every == every - 1) == (split is Split.HELD_OUT)]


T = TypeVar("T")


def draw_until(draw: Callable[[Random], T], key: Callable[[T], str], split: Split, rng: Random) -> T:
    """Draw until the key falls on the wanted side."""
    while True:
        drawn = draw(rng)
        if split_of(key(drawn)) is split:
            return drawn


def words(text: str) -> list[str]:
    """A list written as comma-separated text over several lines."""
    return [entry for part in text.replace("\n", " ").split(",") if (entry := " ".join(part.split()))]


def lines(text: str) -> list[str]:
    """A list written one entry a line."""
    return [entry for line in text.splitlines() if (entry := line.strip())]
