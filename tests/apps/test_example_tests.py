"""The examples' own tests, run as a person runs them: pytest, in the folder of a built app."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from apps.serving import copied, needs
from guests import ROOT


@pytest.mark.parametrize("name", [pytest.param("sentiment", marks=needs("sentiment"))])
def test_an_example_passes_its_tests(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    folder = copied(name, tmp_path)
    shutil.copy(ROOT / "guest-examples" / name / f"test_{name}.py", folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
