"""Golden files: an input beside what is to come of it. `WRITE_GOLDENS=1 pytest …` writes them anew."""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def cases(folder: str) -> list[Path]:
    """The inputs in `golden/<folder>`."""
    found = sorted((FOLDER / folder).glob("*.toml"))
    assert found
    return found


def check(case: Path, suffix: str, outcome: str) -> None:
    """`outcome` is what stands beside `case`, in the one file with one of the suffixes `.json` and `.err`."""
    expected = case.with_suffix(suffix)
    if os.environ.get("WRITE_GOLDENS"):
        for old in (".json", ".err"):
            case.with_suffix(old).unlink(missing_ok=True)
        expected.write_text(outcome + "\n", "utf-8")
        pytest.skip(f"wrote {expected.name}: read it before you commit it")
    beside = [s for s in (".json", ".err") if case.with_suffix(s).exists()]
    assert beside == [suffix], f"came out as {suffix}:\n{outcome}"
    assert outcome + "\n" == expected.read_text("utf-8")
