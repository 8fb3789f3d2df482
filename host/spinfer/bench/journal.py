"""The file of a run: one JSON object a line, appended as things happen, so that nothing measured is lost."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from spinfer.bench import cells
from spinfer.bench import record as records
from spinfer.bench.cells import Cell
from spinfer.bench.record import Record
from spinfer.errors import ConfigError

VERSION = 1
"""Of the format."""

FILE_NAME = "run.jsonl"


@dataclass(slots=True)
class Journal:
    """What a file says, in its order; lines of a kind that this version does not know are passed over."""

    run: dict[str, Any]
    """The first line: what was to be measured."""
    sessions: list[dict[str, Any]] = field(default_factory=list)
    """One each time it was started or continued: environment, models, cold loads."""
    records: dict[str, Record] = field(default_factory=dict)
    """By id: a block that was interrupted is asked again, and its last answers count."""
    blocks: list[dict[str, Any]] = field(default_factory=list)
    scores: dict[str, list[float]] = field(default_factory=dict)
    """Mean log-probability of each inference of a request, by the request's id."""
    added: dict[str, Cell] = field(default_factory=dict)
    """Cells that came up while it ran, by id."""
    ended: bool = False
    """False: the run was interrupted, and this is a part of it."""

    @property
    def cells(self) -> dict[str, Cell]:
        """All that are measured, by id."""
        planned = {cell["id"]: cells.from_json(cell) for cell in self.run["cells"]}
        return {**({} if self.run["saturate"] else planned), **self.added}

    @property
    def done(self) -> set[str]:
        """Ids of the blocks that are complete."""
        return {block["id"] for block in self.blocks}


class Writer:
    """Appends lines, each whole and at once. Any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab", buffering=0)  # a line is on its way to the disk when write() returns
        if self._file.tell() and not _ends_a_line(path):
            self._file.write(b"\n")  # the process ended in the middle of one: it is passed over

    def write(self, value: dict[str, Any]) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        with self._lock:
            self._file.write(line)

    def flush(self) -> None:
        """Onto the disk: survives the machine."""
        with self._lock:
            os.fsync(self._file.fileno())

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read(path: Path) -> Journal:
    """A journal's file, or the folder that it lies in. Raises ConfigError."""
    file = path / FILE_NAME if path.is_dir() else path
    try:
        lines = list(_lines(file))
    except OSError as e:
        reason = "there is no such file" if isinstance(e, FileNotFoundError) else (e.strerror or str(e))
        raise ConfigError(f"no results can be read: {reason}", where=str(file)) from e
    return assemble(lines, str(file))


def assemble(lines: list[dict[str, Any]], where: str) -> Journal:
    """Raises ConfigError for what is no journal."""
    if not lines or lines[0].get("kind") != "run":
        raise ConfigError("these are no results of `spinfer bench`", where=where)
    if lines[0].get("version") != VERSION:
        raise ConfigError(
            f"its format is version {lines[0].get('version')}, and this spinfer reads version {VERSION}",
            where=where,
            cure="Read it with the spinfer that wrote it.",
        )
    journal = Journal(lines[0])
    for line in lines[1:]:
        _add(journal, line)
    return journal


def _add(journal: Journal, line: dict[str, Any]) -> None:
    match line["kind"]:
        case "session":
            journal.sessions.append(line)
        case "request":
            one = records.from_json(line)
            journal.records[one.id] = one
        case "block":
            journal.blocks.append(line)
        case "score":
            journal.scores[line["id"]] = line["mean_log_probability"]
        case "cell":
            journal.added[line["id"]] = cells.from_json(line)
        case "end":
            journal.ended = True


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """A line that is not whole is passed over: the process or the machine ended while it was written."""
    with file.open("rb") as lines:
        for line in lines:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict) and "kind" in value:
                yield value


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
