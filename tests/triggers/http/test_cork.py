"""What is written in one turn of the event loop leaves in one send, and in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from spinfer.triggers.http.cork import MAX_BYTES, Cork


class Wire:
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.told


def write(data: bytes) -> Callable[[Cork], None]:
    return lambda cork: cork.write(data)


def told(*steps: Callable[[Cork], None]) -> list[object]:
    """What reaches the wire at once, then None, then what does after a turn."""
    wire = Wire()

    async def run() -> None:
        cork = Cork(cast(asyncio.Transport, wire), asyncio.get_running_loop())
        for step in steps:
            step(cork)
        wire.told.append(None)
        await asyncio.sleep(0)

    asyncio.run(run())
    return wire.told


def test_what_belongs_together_leaves_together() -> None:
    assert told(write(b"head"), write(b"body")) == [None, b"headbody"]


def test_flushing_sends_at_once_and_only_once() -> None:
    assert told(write(b"a"), Cork.flush, Cork.flush) == [b"a", None]


def test_too_much_is_not_held_back() -> None:
    piece = bytes(MAX_BYTES)
    assert told(write(piece), write(b"a"), write(b"b")) == [piece + b"a", None, b"b"]


def test_closing_sends_first() -> None:
    assert told(write(b"a"), Cork.close) == [b"a", "closed", None]


def test_all_else_is_the_transports_own() -> None:
    wire = Wire()
    loop = asyncio.new_event_loop()
    try:
        cork = Cork(cast(asyncio.Transport, wire), loop)
        assert not cork.is_closing()  # type: ignore[operator]
        cork.close()
        assert cork.is_closing()  # type: ignore[operator]
    finally:
        loop.close()
