"""How the event loop waits for a response: for its head and what follows it, by one wake-up."""

from __future__ import annotations

from collections.abc import Callable

from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_io.event_loop import ready
from spinfer.factors.wasi_io.poll import Wake

HOLD_HEAD_S = 0.02
"""How long a head waits for its body's first bytes, or for its end: an empty body says so in the head."""


async def begun(answer: Promise[Response | None]) -> Response | None:
    """The answer, once there is something of it to send: after its head the first of its body, mostly.

    A head is told of together with what follows it at once; it does not wait for that longer than a moment.
    """
    if not await ready(_Beginning(answer), HOLD_HEAD_S) and not answer.ready():
        response = await answer.arrival()
        if response is not None:
            await ready(response.body.stream, HOLD_HEAD_S)
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
