import pytest

from spinfer.bench.ranges import MOST_VALUES, BadRange, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.8", (0.8,)),
        ("0,0.4,0.8", (0, 0.4, 0.8)),
        ("1-81+20", (1, 21, 41, 61, 81)),
        ("1-4", (1, 2, 3, 4)),
        ("1-10*3", (1, 3, 9)),
        ("0-1+0.1", (0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)),
        ("-1", (-1,)),
        ("-2--1", (-2, -1)),
        ("1e-3,2", (0.001, 2)),
        ("3,1-3", (3, 1, 2)),
        ("5-5", (5,)),
        ("1 , 2", (1, 2)),
    ],
)
def test_lists_and_ranges(text: str, expected: tuple[float, ...]) -> None:
    found = values(text)
    assert found == expected
    assert list(map(type, found)) == list(map(type, expected)), "whole numbers are whole"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no number"),
        ("1,,2", "between two commas"),
        ("a", "`a` is no number"),
        ("1,x-3", "`x-3` in `1,x-3`"),
        ("5-1", "is empty: 5 is more than 1"),
        ("1-5+0", "never ends"),
        ("1-5*1", "never ends"),
        ("0-5*2", "never ends"),
        ("0-4000000000", "4,000,000,001 values"),
        (f"0-{MOST_VALUES}", f"{MOST_VALUES + 1:,} values"),
    ],
)
def test_what_is_no_range_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(BadRange, match=said.replace("(", r"\(")):
        values(text)


def test_two_ranges_together_are_bounded_too() -> None:
    with pytest.raises(BadRange, match="more than 100,000 values"):
        values("0-99998,200000-299998")
