"""What components print arrives line by line, whoever prints at the same time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from spinfer.errors import ConfigError
from spinfer.triggers.component_logs import MAX_LINE_BYTES, ComponentLogs, LogSettings


def test_lines_are_kept_and_shown_whole(tmp_path: Path) -> None:
    shown: list[bytes] = []
    logs = ComponentLogs(LogSettings(tmp_path / "logs"), shown.append)
    writer = logs.open("web", "stdout")
    for piece in (b"one\ntw", b"o", b"\r\n\nthree\n", b"rest"):
        writer.write(piece)
    assert shown == [b"[web] one\n", b"[web] two\r\n", b"[web] \n", b"[web] three\n"]
    writer.close()
    writer.close()
    assert shown[-1] == b"[web] rest\n"
    logs.close()
    assert (tmp_path / "logs/web_stdout.txt").read_bytes() == b"one\ntwo\r\n\nthree\nrest\n"


def test_streams_and_components_have_files_of_their_own(tmp_path: Path) -> None:
    logs = ComponentLogs(LogSettings(tmp_path), lambda _: None)
    for component, stream in (("a", "stdout"), ("a", "stderr"), ("b", "stdout")):
        logs.open(component, stream).write(f"{component} {stream}\n".encode())
    logs.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a_stderr.txt",
        "a_stdout.txt",
        "b_stdout.txt",
    ]
    assert (tmp_path / "a_stderr.txt").read_text() == "a stderr\n"


@pytest.mark.parametrize(("truncate", "kept"), [(False, "old\nnew\n"), (True, "new\n")])
def test_a_second_run(tmp_path: Path, truncate: bool, kept: str) -> None:
    (tmp_path / "a_stdout.txt").write_text("old\n")
    logs = ComponentLogs(LogSettings(tmp_path, truncate=truncate), lambda _: None, ["a", "b"])
    logs.open("a", "stdout").write(b"new\n")
    logs.close()
    assert (tmp_path / "a_stdout.txt").read_text() == kept


@pytest.mark.parametrize(("follow", "shown"), [(None, {b"a", b"b"}), (("a",), {b"a"}), ((), set())])
def test_who_is_followed(follow: tuple[str, ...] | None, shown: set[bytes]) -> None:
    lines: list[bytes] = []
    logs = ComponentLogs(LogSettings(None, follow=follow), lines.append)
    for component in ("a", "b"):
        logs.open(component, "stderr").write(b"x\n")
    assert {line[1:2] for line in lines} == shown


def test_instances_do_not_interleave_inside_a_line(tmp_path: Path) -> None:
    logs = ComponentLogs(LogSettings(tmp_path, follow=()), lambda _: None)

    def chatter(letter: bytes) -> None:
        writer = logs.open("a", "stdout")
        for _ in range(300):
            writer.write(letter * 10)
            writer.write(letter * 10 + b"\n")

    threads = [threading.Thread(target=chatter, args=(letter,)) for letter in (b"x", b"y", b"z")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logs.close()
    lines = (tmp_path / "a_stdout.txt").read_bytes().splitlines()
    assert len(lines) == 900
    assert all(len(line) == 20 and len(set(line)) == 1 for line in lines)


def test_a_line_without_end_is_broken() -> None:
    lines: list[bytes] = []
    writer = ComponentLogs(LogSettings(None), lines.append).open("a", "stdout")
    for _ in range(MAX_LINE_BYTES // 1000 + 1):
        writer.write(b"x" * 1000)
    assert [len(line) for line in lines] == [len(b"[a] ") + MAX_LINE_BYTES + 1]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="--log-dir"):
        ComponentLogs(LogSettings(tmp_path / "file" / "logs"), lambda _: None)


def test_after_the_end_lines_are_still_shown(tmp_path: Path) -> None:
    shown: list[bytes] = []
    logs = ComponentLogs(LogSettings(tmp_path), shown.append)
    writer = logs.open("a", "stdout")
    logs.close()
    writer.write(b"late\n")
    assert shown == [b"[a] late\n"]
    assert list(tmp_path.iterdir()) == []
