"""The limit of open files, set in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from spinfer.cli import open_files
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, 512))
open_files.allow_many()
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize("soft", [64, 512])
def test_the_limit_is_raised_as_far_as_it_goes(soft: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(soft=soft)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(512, 512)\n"
