"""Bytes, as people read them."""

import pytest

from spinfer.downloads.amounts import amount


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (12_345, "12 kB"), (999_499, "999 kB"),
     (999_999, "1.0 MB"), (770_000_000, "770 MB"), (4_080_000_000, "4.1 GB"), (9_960_000_000, "10 GB"),
     (5 * 10**15, "5000 TB")],
)  # fmt: skip
def test_amounts(count: int, said: str) -> None:
    assert amount(count) == said
