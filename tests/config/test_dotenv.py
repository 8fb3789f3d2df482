"""`.env` files as people write them."""

from pathlib import Path

import pytest

from spinfer.config.dotenv import parse, read
from spinfer.errors import ConfigError

FILE = """\
# comment

PLAIN=1
  export SPACED =  a b#c   # comment
SINGLE='it is $x "so" # not a comment'
DOUBLE="a \\"b\\"\\n\\$c" # comment
LINES="one
two"
EMPTY=
COMMENTED= # nothing
PLAIN=2
"""


def test_every_kind_of_line() -> None:
    assert parse(FILE, Path(".env")) == {
        "PLAIN": "1",
        "SPACED": "a b#c",
        "SINGLE": 'it is $x "so" # not a comment',
        "DOUBLE": 'a "b"\n$c',
        "LINES": "one\ntwo",
        "EMPTY": "",
        "COMMENTED": "",
    }
    assert parse("A=1", Path(".env")) == {"A": "1"}
    assert parse("", Path(".env")) == {}


def test_line_ends_and_marks_of_other_systems(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xef\xbb\xbfA=1\r\n\r\nB='2'\r\n")
    assert read(file) == {"A": "1", "B": "2"}
    file.write_bytes(b"A=\xff")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        read(file)


@pytest.mark.parametrize(
    "line", ["hunter2", "A='hunter2", 'A="hunter2" x', "A='x'hunter2", "1A=hunter2", "=x"]
)
def test_what_is_none_is_named_by_its_line_alone(line: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse(f"# c\nB=1\n{line}\n", Path(".env"))
    assert str(raised.value) == ".env: line 3: this sets no variable\n  write NAME=value"
