from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from fakes.engine_info import LLAMA_8B, SMALL
from spinfer.inference.engine import machine


def test_small_models_get_one_thread_and_large_ones_every_core() -> None:
    assert machine.threads_for(SMALL) == 1
    assert machine.threads_for(LLAMA_8B) == machine.physical_cores()
    assert 1 <= machine.physical_cores() <= (os.cpu_count() or 1)
    assert machine.threads_for(dataclasses.replace(LLAMA_8B, bytes=32 << 20)) == machine.physical_cores()


def test_hyperthreads_of_a_core_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 5}, raising=False)
    monkeypatch.setattr(machine, "_siblings", lambda processor: f"{processor % 4},{processor % 4 + 4}")
    assert machine.physical_cores() == 3


def test_there_is_memory() -> None:
    available = machine.available_memory()
    assert available is None or 0 < available < 1 << 50


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, None),
        ({"memory.max": "max", "memory.current": "5"}, None),
        ({"memory.max": "1000", "memory.current": "400"}, 600),
        ({"memory.max": "1000", "memory.current": "400", "memory.stat": "anon 300\nfile 90"}, 690),
    ],
)
def test_a_containers_limit_counts(tmp_path: Path, files: dict[str, str], expected: int | None) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    assert machine.control_group_memory(tmp_path) == expected
