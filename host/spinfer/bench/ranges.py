"""Values of one parameter as llama-bench writes them: `0,0.4,0.8`, `1-81+20`, `1-64*2`. Pure.

A list has commas; `first-last` counts by one, `+step` by a step, `*factor` multiplies. Arithmetic is decimal,
so that `0-1+0.1` has the values one reads.
"""

from __future__ import annotations

import re
from decimal import Decimal

Number = int | float

MOST_VALUES = 100_000
"""Of one parameter. What is more is a mistake: nobody reads so many results."""

_NUMBER = r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"(?P<first>{_NUMBER})-(?P<last>{_NUMBER})(?:(?P<how>[+*])(?P<by>{_NUMBER}))?")


class BadRange(ValueError):
    """The text is no list of values; it says why, and what to write."""


def values(text: str) -> tuple[Number, ...]:
    """The values, in order, each once. Whole numbers are `int`. Raises BadRange."""
    found: dict[Number, None] = {}
    for part in text.split(","):
        for value in _part(part.strip(), text):
            found[_plain(value)] = None
            if len(found) > MOST_VALUES:
                raise BadRange(f"`{text}` has more than {MOST_VALUES:,} values; take a larger step")
    return tuple(found)


def _part(part: str, whole: str) -> tuple[Decimal, ...] | list[Decimal]:
    if re.fullmatch(_NUMBER, part):
        return (Decimal(part),)
    span = _RANGE.fullmatch(part)
    if span is None:
        what = f"`{part}` in `{whole}`" if part != whole else f"`{whole}`"
        what = what if part else f"`{whole}` has nothing between two commas, or" if whole else "nothing"
        raise BadRange(f"{what} is no number and no range; write for example 0,0.4,0.8 or 1-81+20")
    first, last = Decimal(span["first"]), Decimal(span["last"])
    by = Decimal(span["by"] or 1)
    if first > last:
        raise BadRange(f"the range `{part}` is empty: {first} is more than {last}")
    return _product(part, first, last, by) if span["how"] == "*" else _sum(part, first, last, by)


def _sum(part: str, first: Decimal, last: Decimal, step: Decimal) -> list[Decimal]:
    if step <= 0:
        raise BadRange(f"the range `{part}` never ends: its step must be more than 0")
    count = int((last - first) / step) + 1
    _check(part, count)
    return [first + n * step for n in range(count)]


def _product(part: str, first: Decimal, last: Decimal, factor: Decimal) -> list[Decimal]:
    if first <= 0 or factor <= 1:
        raise BadRange(f"the range `{part}` never ends: it must begin above 0, and multiply by more than 1")
    found = [first]
    while (following := found[-1] * factor) <= last:
        found.append(following)
        _check(part, len(found))
    return found


def _check(part: str, count: int) -> None:
    if count > MOST_VALUES:
        raise BadRange(f"the range `{part}` has {count:,} values; take a larger step")


def _plain(value: Decimal) -> Number:
    return int(value) if value == value.to_integral_value() else float(value)
