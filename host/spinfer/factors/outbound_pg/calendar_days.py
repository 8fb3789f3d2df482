"""Dates as PostgreSQL counts them: days since 2000 began, by the Gregorian calendar, for all years. Pure."""

from __future__ import annotations

from datetime import date
from typing import Final

_EPOCH: Final = date(2000, 1, 1).toordinal()
_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146_097
"""After 400 years the calendar begins anew, so that the years that Python knows stand for all."""


def to_days(year: int, month: int, day: int) -> int:
    """Raises ValueError for a day that no calendar has. The year 0 is 1 BC."""
    cycles, rest = divmod(year - 2000, _CYCLE_YEARS)
    return date(2000 + rest, month, day).toordinal() - _EPOCH + cycles * _CYCLE_DAYS


def from_days(days: int) -> tuple[int, int, int]:
    """Year, month, day."""
    cycles, rest = divmod(days, _CYCLE_DAYS)
    within = date.fromordinal(_EPOCH + rest)
    return within.year + cycles * _CYCLE_YEARS, within.month, within.day
