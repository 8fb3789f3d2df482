"""What can be said of an answer by looking at it: variety, repetitions, likeness to another. Pure.

Tokens are whatever compares: the model's own, or words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Sequence

from spinfer.bench.prompts import Match, Prompt

Tokens = Sequence[Hashable]


def distinct(tokens: Tokens, n: int) -> float | None:
    """Different n-grams, divided by all (distinct-n: Li, Galley, Brockett, Gao and Dolan, NAACL 2016)."""
    grams = _grams(tokens, n)
    return len(set(grams)) / len(grams) if grams else None


def repetition(tokens: Tokens, n: int = 4) -> float | None:
    """The share of n-grams that stood before: seq-rep-n of Welleck et al., Neural Text Generation with
    Unlikelihood Training, ICLR 2020, equation 9."""
    found = distinct(tokens, n)
    return None if found is None else 1 - found


def longest_repeat(tokens: Tokens) -> int:
    """Length of the longest span that stands in the text twice; the two may overlap.

    Found by bisection, as a part of what is repeated is repeated too.
    """
    low, high = 0, max(0, len(tokens) - 1)
    while low < high:
        middle = (low + high + 1) // 2
        grams = _grams(tokens, middle)
        low, high = (middle, high) if len(set(grams)) < len(grams) else (low, middle - 1)
    return low


def shared_prefix(one: Tokens, other: Tokens) -> int:
    """How many tokens two texts have in common from the beginning."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))


def edit_distance(one: Tokens, other: Tokens) -> int:
    """Fewest insertions, deletions and replacements from one to the other (Levenshtein).

    Columns of the table are differences of one bit, kept in whole numbers (Myers, JACM 1999, in the form of
    Hyyrö, 2003), so that a text takes as many steps as it has tokens.
    """
    if not one:
        return len(other)
    places: dict[Hashable, int] = {}
    for place, token in enumerate(one):
        places[token] = places.get(token, 0) | 1 << place
    mask, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    up, down, distance = mask, 0, len(one)
    for token in other:
        same = places.get(token, 0)
        across = (((same & up) + up) ^ up) | same
        right = down | (~(across | up) & mask)
        left = up & across
        distance += bool(right & last) - bool(left & last)
        right = (right << 1) | 1
        vertical = same | down
        up = ((left << 1) | ~(vertical | right)) & mask
        down = right & vertical & mask
    return distance


def likeness(one: Tokens, other: Tokens) -> float:
    """1 for the same text, 0 for nothing in common: one less the edit distance over the longer length."""
    longer = max(len(one), len(other))
    return 1 - edit_distance(one, other) / longer if longer else 1.0


def is_json(answer: str, check: Callable[[object], bool] = lambda value: True) -> bool:
    """Whether the whole answer is JSON, of which `check` approves."""
    try:
        value = json.loads(answer, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return check(value)


def is_expected(prompt: Prompt, answer: str) -> bool | None:
    """None where nothing is expected."""
    expected = prompt.expected
    if expected is None:
        return None
    match prompt.match:
        case Match.EXACT:
            return _plain(answer) == _plain(expected)
        case Match.CONTAINS:
            return expected.casefold() in answer.casefold()
        case Match.JSON:
            wanted = json.loads(expected)
            return is_json(answer, lambda value: value == wanted)


def perplexity(mean_log_probability: float) -> float:
    """How many equally likely tokens the model would have been as unsure between."""
    return math.exp(-mean_log_probability)


def _plain(text: str) -> str:
    return text.strip().removesuffix(".").casefold()


def _grams(tokens: Tokens, n: int) -> list[tuple[Hashable, ...]]:
    return [tuple(tokens[at : at + n]) for at in range(len(tokens) - n + 1)]


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")
