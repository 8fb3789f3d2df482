from __future__ import annotations

from pathlib import Path

import pytest

from spinfer.bench import journal
from spinfer.bench.journal import Writer
from spinfer.errors import ConfigError

HEADER = '{"kind":"run","version":1,"cells":[],"saturate":false}\n'


def test_lines_are_whole_even_after_half_of_one(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.jsonl"
    with Writer(path) as writer:
        writer.write({"kind": "run", "version": 1})
    with path.open("ab") as file:
        file.write(b'{"kind":"bl')
    with Writer(path) as writer:
        writer.write({"kind": "end"})
        writer.flush()
    assert path.read_text() == '{"kind":"run","version":1}\n{"kind":"bl\n{"kind":"end"}\n'
    assert journal.read(path).ended


def test_text_that_is_no_unicode_is_kept_readable(tmp_path: Path) -> None:
    with Writer(tmp_path / "run.jsonl") as writer:
        writer.write({"kind": "x", "text": "half \ud83d emoji"})
    assert "half ? emoji" in (tmp_path / "run.jsonl").read_text("utf-8")


def test_lines_of_a_kind_to_come_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text(HEADER + '{"kind":"weather"}\n[1]\n{"kind":"end"}\n')
    assert journal.read(tmp_path).ended


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no such file"),
        ("", "no results of"),
        ("hello\n", "no results of"),
        ('{"kind":"end"}\n', "no results of"),
        ('{"kind":"run","version":9}\n', "version 9, and this spinfer reads version 1"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "run.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=said):
        journal.read(tmp_path)
