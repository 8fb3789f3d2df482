"""The examples' own tests pass."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from apps.own_tests import check_own_tests
from apps.serving import copied, needs
from guests import ROOT

NAMES = ("hello-http", "semantic-search", "sentiment")


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in NAMES])
def test_an_example_passes_its_tests(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    folder = copied(name, tmp_path)
    for file in (ROOT / "guest-examples" / name).glob("test_*.py"):
        shutil.copy(file, folder)
    check_own_tests(folder, environment)
