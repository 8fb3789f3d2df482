"""A loop on a thread of its own: what was begun is ended, what comes too late is told so."""

import asyncio
import threading

import pytest

import leftovers
from spinfer.web.loop_thread import LoopClosed, LoopThread


async def nothing() -> None:
    pass


def test_nothing_to_do_starts_no_thread() -> None:
    before = leftovers.threads()
    loop = LoopThread("test-loop")
    assert leftovers.threads() <= before
    loop.close(nothing)
    with pytest.raises(LoopClosed):
        loop.spawn(nothing, lambda: None)


def test_cancelled_after_it_began_and_before() -> None:
    loop = LoopThread("test-loop")
    ended: list[str] = []
    began, over, gate = threading.Event(), threading.Event(), threading.Event()

    async def wait(name: str) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def hold_the_loop() -> None:
        gate.wait()

    cancel = loop.spawn(lambda: wait("began"), over.set)
    began.wait()
    cancel()
    over.wait()
    over.clear()
    loop.spawn(hold_the_loop, lambda: None)
    loop.spawn(lambda: wait("never began"), over.set)()
    gate.set()
    over.wait()
    loop.close(nothing)
    cancel()
    assert ended == ["began"]
