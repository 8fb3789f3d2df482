"""The examples' own tests pass."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from apps.own_tests import check_own_tests
from apps.serving import copied, needs
from guests import ROOT


@pytest.mark.parametrize("name", [pytest.param("sentiment", marks=needs("sentiment"))])
def test_an_example_passes_its_tests(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    folder = copied(name, tmp_path)
    shutil.copy(ROOT / "guest-examples" / name / f"test_{name}.py", folder)
    check_own_tests(folder, environment)
