"""Rows as columns, and quantities as short as columns want them."""

from datetime import UTC, datetime, timedelta

import pytest

from spinfer.cli.models.columns import ago, columns, parameters


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = [("a", "7 MB", "x"), ("longer", "770 MB", ""), ("日本", "", "y")]
    assert columns(("NAME", "SIZE", "FROM"), rows) == (
        "NAME      SIZE  FROM\n"
        "a         7 MB  x\n"
        "longer  770 MB\n"
        "日本            y"
    )  # fmt: skip


def test_no_rows() -> None:
    assert columns(("NAME", "SIZE"), []) == "NAME  SIZE"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, ""),
        (0, "0"),
        (999, "999"),
        (22_713_216, "23 M"),
        (1_235_814_432, "1.2 B"),
        (70_553_706_496, "71 B"),
        (7900, "7.9 k"),
    ],
)
def test_parameters(count: int | None, shown: str) -> None:
    assert parameters(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (86400, "1 day ago"),
        (86400 * 45, "1 month ago"),
        (86400 * 800, "2 years ago"),
    ],
)
def test_how_long_ago(seconds: int, shown: str) -> None:
    now = datetime(2025, 6, 1, tzinfo=UTC)
    assert ago(now - timedelta(seconds=seconds), now) == shown
    assert ago(None) == "never"
