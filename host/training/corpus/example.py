"""What a training example is, and which side of the held-out line it falls on."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import TypeVar

HELD_OUT_SHARE = 20  # one key in this many is never trained on


class Split(Enum):
    """The sides of everything the generator can say; what is trained on is never on another side.

    Held out are texts whose hash says so, in taught templates and in some that are never taught; `STRANGE` is
    only the templates that are never taught.
    """

    TRAIN = "train"
    HELD_OUT = "held-out"
    STRANGE = "never-taught templates"

    @property
    def trained(self) -> bool:
        return self is Split.TRAIN


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


def belongs(key: str, split: Split) -> bool:
    """Whether a key is on the side: a hash decides, so no list of held-out items needs to be kept."""
    digest = hashlib.sha256(key.casefold().encode()).digest()
    return (int.from_bytes(digest[:4]) % HELD_OUT_SHARE != 0) == split.trained


def templates_for(templates: list[str], split: Split, every: int = 9) -> list[str]:
    """The templates of one side: of a long list, every ninth is never taught."""
    if len(templates) < every or split is Split.HELD_OUT:
        return templates
    return [t for i, t in enumerate(templates) if (i % every != every - 1) == split.trained]


T = TypeVar("T")


def draw_until(draw: Callable[[Random], T], key: Callable[[T], str], split: Split, rng: Random) -> T:
    """Draw until the key falls on the wanted side."""
    while True:
        drawn = draw(rng)
        if belongs(key(drawn), split):
            return drawn


def words(text: str) -> list[str]:
    """A list written as comma-separated text over several lines."""
    return [entry for part in text.replace("\n", " ").split(",") if (entry := " ".join(part.split()))]


def lines(text: str) -> list[str]:
    """A list written one entry a line."""
    return [entry for line in text.splitlines() if (entry := line.strip())]
