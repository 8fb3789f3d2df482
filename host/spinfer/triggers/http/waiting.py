"""How the event loop waits for what other threads do: by one wake-up, and no longer than it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_io.poll import Pollable, Wake

HOLD_HEAD_S = 0.02
"""How long a head waits for its body's first bytes, or for its end: an empty body says so in the head."""


class _Waiting:
    """A task of the event loop that waits: woken once, by whoever is first."""

    __slots__ = ("_loop", "_told", "woken")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._told = False
        self.woken: asyncio.Future[None] = loop.create_future()

    def rouse(self) -> None:
        """Any thread. Each call into the loop costs system calls, and one is enough."""
        if not self._told:
            self._told = True
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody is waiting any more
                self._loop.call_soon_threadsafe(self.end)

    def end(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)


async def within(seconds: float | None, pollable: Pollable) -> bool:
    """Whether it became ready in time; None: however long it takes. For what is no Instant."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while not pollable.ready():
        waiting = _Waiting(loop)
        unsubscribe = pollable.subscribe(waiting.rouse)
        timer = None if end is None else loop.call_at(end, waiting.end)
        try:
            if not pollable.ready():
                await waiting.woken
        finally:
            unsubscribe()
            if timer is not None:
                timer.cancel()
        if end is not None and loop.time() >= end:
            return pollable.ready()
    return True


async def begun(answer: Promise[Response | None]) -> Response | None:
    """The answer, once there is something of it to send: after its head the first of its body, mostly.

    A head is told of together with what follows it at once; it does not wait for that longer than a moment.
    """
    if not await within(HOLD_HEAD_S, _Beginning(answer)) and not answer.ready():
        response = await answer.arrival()
        if response is not None:
            await within(HOLD_HEAD_S, response.body.stream)
        return response
    return await answer.arrival()


class _Beginning:
    """A pollable: ready once an answer is there and its body has something to read, or there is no answer."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Promise[Response | None]) -> None:
        self._answer = answer

    def ready(self) -> bool:
        kept = self._answer.peek()
        return kept is not None and (kept.value is None or kept.value.body.stream.ready())

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        """The answer comes on the guest's thread, which then watches the body for us."""
        subscriptions: list[Callable[[], None]] = []

        def look() -> None:
            kept = self._answer.peek()
            if kept is not None and kept.value is not None:
                subscriptions.append(kept.value.body.stream.subscribe(wake))
            if self.ready():
                wake()

        subscriptions.append(self._answer.subscribe(look))
        if self._answer.ready():
            look()

        def unsubscribe() -> None:
            for end in subscriptions:
                end()

        return unsubscribe
