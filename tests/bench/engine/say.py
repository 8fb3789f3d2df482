"""What the benchmark tells whoever watches it."""

from __future__ import annotations

import sys


class Unmeasurable(Exception):
    """Something to be measured cannot be; its text says what, and why."""


def say(text: str) -> None:
    """On stderr: stdout is for the tables."""
    print(text, file=sys.stderr, flush=True)
