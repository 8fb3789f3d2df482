"""Models loaded from files, and closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spinfer.inference.engine.load import Loaded, load
from spinfer.inference.engine.sizes import EngineSettings


@pytest.fixture
def loading() -> Iterator[Callable[..., Loaded]]:
    """Loads models, and closes them at the end."""
    made: list[Loaded] = []

    def make(path: Path, **settings: int | bool) -> Loaded:
        made.append(load("m", path, EngineSettings(**settings)))
        return made[-1]

    yield make
    for loaded in made:
        loaded.close()
