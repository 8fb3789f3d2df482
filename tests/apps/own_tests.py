"""An app's own tests, run as a person runs them: pytest, in the folder of the built app."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from guests import COMPILED


def check_own_tests(folder: Path, environment: Mapping[str, str]) -> None:
    """They are found, and they pass. Components are compiled once for all test runs."""
    kept = {"XDG_CACHE_HOME": str(COMPILED)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder],
        cwd=folder,
        env={**environment, **kept},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
