"""Rows as columns of text, the same on a terminal and elsewhere; quantities as short as a column wants."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

_UNITS = ((1e9, " B"), (1e6, " M"), (1e3, " k"))
_AGES = ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Each column as wide as its widest cell; columns of quantities stand to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    right = [all(_is_quantity(cell) for cell in column) for column in zip(*rows, strict=True)] or [
        False
    ] * len(head)
    return "\n".join(
        "  ".join(
            _padded(cell, width, right=to) for cell, width, to in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def parameters(count: int | None) -> str:
    """`1.2 B`, `23 M`."""
    if count is None:
        return ""
    for unit, name in _UNITS:
        if count >= unit:
            value = count / unit
            return f"{value:.1f}{name}" if value < 9.95 else f"{value:.0f}{name}"
    return str(count)


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """`2 days ago`."""
    if when is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - when).total_seconds()
    for unit, name in _AGES:
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def _is_quantity(cell: str) -> bool:
    return cell[:1].isdigit() or not cell


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(cell))
    return f"{space}{cell}" if right else f"{cell}{space}"


def _width(text: str) -> int:
    """Columns of a terminal: East Asian characters take two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
