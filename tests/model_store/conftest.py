"""A hub, and a machine without any models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.hub import Hub, hub, instead_of_the_hub


@pytest.fixture(scope="module")
def running_hub() -> Iterator[Hub]:
    with hub() as running:
        yield running


@pytest.fixture
def bare(running_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without models or tokens; its folder."""
    home = tmp_path / "home"
    home.mkdir()
    instead_of_the_hub(running_hub, home, monkeypatch)
    return home


@pytest.fixture
def server(running_hub: Hub, bare: Path) -> Hub:
    """As new, and what huggingface_hub asks."""
    running_hub.reset()
    return running_hub
