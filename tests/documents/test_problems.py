"""What pydantic finds, in our words."""

from collections.abc import Mapping

import pytest
from pydantic import Field, ValidationError, ValidationInfo, field_validator

from spinfer.documents.problems import problems
from spinfer.documents.table import Array, OpenTable, Table, mistake, quoted
from spinfer.errors import Problem


class Leaf(Table):
    size: int = Field(ge=1, examples=["size = 3"])
    other: str = ""

    @field_validator("other")
    @classmethod
    def _agrees(cls, other: str, info: ValidationInfo) -> str:
        if other == "bad":
            raise mistake("they disagree", "change one", in_table=True)
        if other == "worse":
            raise ValueError("worse than bad")
        return other


class Extras(OpenTable):
    __pydantic_extra__: dict[str, Array[Leaf]] = Field(init=False)


class Root(Table):
    leaf: Leaf | None = None
    leaves: Array[Leaf] = ()
    named: Mapping[str, Leaf] = Field(default_factory=dict)
    extras: Extras = Extras()
    words: Array[str] = Field(default=(), examples=['words = ["a"]'])


def found(raw: object) -> tuple[Problem, ...]:
    with pytest.raises(ValidationError) as caught:
        Root.model_validate(raw)
    return problems(caught.value, Root, "f.toml")


@pytest.mark.parametrize(
    ("raw", "where", "what", "cure"),
    [
        ({"leaf": {}}, "leaf.size", "missing", "for example: size = 3"),
        ({"leaf": {"size": 0}}, "leaf.size", "must be at least 1, got 0", "for example: size = 3"),
        ({"leaf": {"size": True}}, "leaf.size", "expected an integer, got true", "for example: size = 3"),
        ({"leaf": {"size": 1, "sise": 2}}, "leaf.sise", "unknown key", "did you mean `size`?"),
        ({"leaf": {"size": 1, "zz": 2}}, "leaf.zz", "unknown key", "keys known here: `size`, `other`"),
        ({"leaf": {"size": 1, "other": "bad"}}, "leaf", "they disagree", "change one"),
        ({"leaf": {"size": 1, "other": "worse"}}, "leaf.other", "worse than bad", ""),
        ({"leaves": [{"size": 1}, {"sizes": 1}]}, "leaves[1].sizes", "unknown key", "did you mean `size`?"),
        (
            {"leaves": {}},
            "leaves",
            "expected an array, got an empty table",
            "write it in double brackets: [[leaves]]",
        ),
        (
            {"named": {"a b": {"size": ""}}},
            'named."a b".size',
            'expected an integer, got ""',
            "for example: size = 3",
        ),
        ({"extras": {"x": [{"siz": 1}]}}, "extras.x[0].siz", "unknown key", "did you mean `size`?"),
        ({"words": [1]}, "words[0]", "expected a string, got 1", 'for example: words = ["a"]'),
        ({"words": {}}, "words", "expected an array, got an empty table", 'for example: words = ["a"]'),
    ],
)
def test_problem(raw: object, where: str, what: str, cure: str) -> None:
    assert found(raw) == (Problem(what, f"f.toml: {where}", cure),)


def test_the_root_itself() -> None:
    assert found(7) == (Problem("expected a table, got 7", "f.toml", ""),)


def test_quoted() -> None:
    assert [quoted(v) for v in (True, 1, 1.5, "a", [], [1], {}, {"a": 1})] == [
        "true",
        "1",
        "1.5",
        '"a"',
        "an empty array",
        "an array",
        "an empty table",
        "a table",
    ]
    assert quoted("two\nlines\x1b") == '"two\\nlines\\u001b"'
    assert len(quoted("x" * 1000)) == 62
