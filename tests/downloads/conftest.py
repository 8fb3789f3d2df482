"""A server of files, and somebody who watches what is fetched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.hub import Hub, hub


@pytest.fixture(scope="module")
def running_hub() -> Iterator[Hub]:
    with hub() as running:
        yield running


@pytest.fixture
def server(running_hub: Hub) -> Hub:
    """As new."""
    running_hub.reset()
    return running_hub


class Watcher:
    """Remembers all that a download says."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int | None]] = []
        self.notes: list[str] = []
        self.ended: list[str] = []
        self.pauses: list[float] = []

    def at(self, label: str, done: int, total: int | None) -> None:
        self.seen.append((label, done, total))

    def note(self, label: str, text: str) -> None:
        self.notes.append(f"{label}: {text}")

    def end(self, label: str) -> None:
        self.ended.append(label)


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()
