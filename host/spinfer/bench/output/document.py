"""Results as one JSON document: the journal's lines, and the statistics that come of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spinfer.bench import cells, journal, record
from spinfer.bench.journal import Journal
from spinfer.bench.summary import CellSummary, Summary
from spinfer.errors import ConfigError


def report(summary: Summary, from_: Journal) -> str:
    """`run`, `sessions`, `requests`, `blocks` and `scores` are the journal's; `cells` are the statistics."""
    value = {
        "run": from_.run,
        "partial": summary.partial,
        "busy_cores": summary.busy_cores,
        "sessions": from_.sessions,
        "cells": [_cell(cell) for cell in summary.cells],
        "added": [{"kind": "cell", "id": id, **cells.as_json(cell)} for id, cell in from_.added.items()],
        "requests": [record.as_json(one) for one in from_.records.values()],
        "blocks": from_.blocks,
        "scores": from_.scores,
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def read(path: Path) -> Journal:
    """The journal in a document that `report` made, in a journal's own file, or in a run's folder.

    Raises ConfigError.
    """
    if path.suffix != ".json":
        return journal.read(path)
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as e:
        reason = "there is no such file" if isinstance(e, FileNotFoundError) else str(e)
        raise ConfigError(f"no results can be read: {reason}", where=str(path)) from e
    return _journal(value, str(path))


def _journal(value: object, where: str) -> Journal:
    if not isinstance(value, dict) or "run" not in value or "requests" not in value:
        raise ConfigError("these are no results of `spinfer bench`", where=where)
    lines: list[dict[str, Any]] = [value["run"], *value["sessions"], *value["added"]]
    lines += value["requests"] + value["blocks"]
    lines += [
        {"kind": "score", "id": id, "mean_log_probability": means} for id, means in value["scores"].items()
    ]
    if not value["partial"]:
        lines.append({"kind": "end"})
    return journal.assemble(lines, where)


def _cell(cell: CellSummary) -> dict[str, Any]:
    return {
        "id": cell.cell.id,
        **cells.as_json(cell.cell),
        "requests": len(cell.requests),
        "failed": cell.failed,
        "errors": dict(cell.errors),
        "wall_s": cell.wall_s,
        "tokens_per_s": cell.tokens_per_s,
        "requests_per_s": cell.requests_per_s,
        "goodput": cell.goodput,
        "goodput_share": cell.goodput_share,
        "itl_percentiles": cell.itl,
        "stats": {name: asdict(stats) for name, stats in cell.stats.items()},
    }
