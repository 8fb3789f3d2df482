"""Summaries that are remembered between two runs, as long as their files stay as they are.

A header with a vocabulary of 150,000 takes some 30 ms to read, and a list of a hundred models should be
there within a second.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Self

from spinfer.gguf_header.summary import Summary, summarize

_logger = logging.getLogger(__name__)

FORMAT = 1
"""Raise it when what a summary says changes."""

MOST = 10_000
"""Summaries that are kept, the latest."""


class KnownSummaries:
    """Use it as a context: what was learned is written at the end. One thread.

    The file is only an accelerator: one that is damaged, or cannot be written, is as good as none.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)
        self._changed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._changed:
            try:
                _write(self._file, dict(list(self._known.items())[-MOST:]))
            except OSError as e:
                _logger.debug("%s: what models are could not be written down: %s", self._file, e)

    def of(self, path: Path) -> Summary:
        """As summarize(path), but for a change in the later parts of a split model."""
        stat = path.stat()
        key = f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
        if (known := _restored(self._known.get(key))) is not None:
            return known
        found = summarize(path)
        self._known[key] = asdict(found)
        self._changed = True
        return found


def _restored(entry: object) -> Summary | None:
    if not isinstance(entry, Mapping):
        return None
    try:
        return Summary(**entry)
    except TypeError:
        return None


def _read(file: Path) -> dict[str, object]:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        return {}
    summaries = content.get("summaries")
    return summaries if isinstance(summaries, dict) else {}


def _write(file: Path, summaries: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps({"format": FORMAT, "summaries": summaries}), "utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
