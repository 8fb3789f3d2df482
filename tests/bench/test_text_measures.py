import random

import pytest

from spinfer.bench import text_measures as measures
from spinfer.bench.prompts import Match, Prompt


def slow_edit_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


def test_the_edit_distance_is_the_textbook_one() -> None:
    assert measures.edit_distance("kitten", "sitting") == 3
    draw = random.Random(5)
    for _ in range(400):
        one, other = ("".join(draw.choices("abc", k=draw.randrange(0, 90))) for _ in range(2))
        assert measures.edit_distance(one, other) == slow_edit_distance(one, other), (one, other)


def test_likeness_is_a_share() -> None:
    assert measures.likeness("", "") == measures.likeness("abc", "abc") == 1
    assert measures.likeness("abc", "xyz") == measures.likeness("", "a") == 0
    assert measures.likeness("abcd", "abxd") == 0.75


def test_shared_prefix() -> None:
    assert measures.shared_prefix([1, 2, 3], [1, 2, 4]) == 2
    assert measures.shared_prefix([1, 2], [1, 2, 4]) == 2
    assert measures.shared_prefix([], [1]) == 0


def test_distinct_and_repetition() -> None:
    text = ["a", "b", "a", "b", "a", "b"]
    assert measures.distinct(text, 1) == 2 / 6
    assert measures.distinct(text, 2) == 2 / 5
    assert measures.repetition(text) == pytest.approx(1 / 3)
    assert measures.repetition(["a", "b", "c", "d", "e"]) == 0
    assert measures.repetition(["a", "b", "c"]) is None, "there is no 4-gram"
    assert measures.distinct([], 1) is None


def test_the_longest_repeat() -> None:
    assert measures.longest_repeat("abcabc") == 3
    assert measures.longest_repeat("aaaa") == 3, "the two may overlap"
    assert measures.longest_repeat("abcd") == 0
    assert measures.longest_repeat("") == 0


@pytest.mark.parametrize(
    ("match", "expected", "answer", "right"),
    [
        (Match.EXACT, "positive", " Positive.\n", True),
        (Match.EXACT, "positive", "positive!", False),
        (Match.CONTAINS, "Paris", "it is paris", True),
        (Match.CONTAINS, "Paris", "it is Lyon", False),
        (Match.JSON, '{"a": 1, "b": 2}', '{"b":2,"a":1.0}', True),
        (Match.JSON, '{"a": 1}', '{"a": 2}', False),
        (Match.JSON, '{"a": 1}', "no json", False),
    ],
)
def test_the_expected_answer(match: Match, expected: str, answer: str, right: bool) -> None:
    assert measures.is_expected(Prompt("?", expected, match), answer) is right


def test_nothing_expected_is_neither_right_nor_wrong() -> None:
    assert measures.is_expected(Prompt("?"), "anything") is None


@pytest.mark.parametrize(
    ("text", "valid"), [('{"a": [1]}', True), ("12", True), ("", False), ("{", False), ("NaN", False)]
)
def test_json(text: str, valid: bool) -> None:
    assert measures.is_json(text) is valid


def test_perplexity_of_even_odds() -> None:
    assert measures.perplexity(-0.6931471805599453) == pytest.approx(2)
