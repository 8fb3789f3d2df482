"""A request on its way out: who sends it, how long to wait, and the response a guest will get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from spinfer.bindings.values import Case, Err, Ok, Some
from spinfer.factors.wasi_http.messages import Request, Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_io.poll import Wake

Outcome = Ok[Response] | Err[Case]
"""The response, or the `error-code` that it failed with."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds: for the connection, for the head, and between two pieces of the body."""

    connect_s: float = 600.0
    first_byte_s: float = 600.0
    between_bytes_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Sending:
    """A request under way. `cancel` ends it, from any thread, if nobody wants the response any more."""

    outcome: Promise[Outcome]
    cancel: Callable[[], None]


class Sender(Protocol):
    """Sends the requests of guests: outbound HTTP, as far as this factor knows it."""

    def send(self, component: str, request: Request, timeouts: Timeouts) -> Sending:
        """Start sending what `component` asks for, on another thread. Guest thread; returns at once.

        An empty `authority` means the app itself. Raises HttpError for what is refused before it starts.
        """
        ...


class FutureIncomingResponse:
    """The response that a guest waits for; it is given out once."""

    __slots__ = ("_sending", "_taken")

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._taken = False

    def get(self) -> Some[Outcome] | None:
        """None: not yet. Raises LookupError the second time."""
        outcome = self._sending.outcome.peek()
        if outcome is not None:
            if self._taken:
                raise LookupError("the response was taken before")
            self._taken = True
        return outcome

    def ready(self) -> bool:
        return self._sending.outcome.ready()

    def subscribe(self, wake: Wake) -> Callable[[], None]:
        return self._sending.outcome.subscribe(wake)

    def drop(self) -> None:
        """A response that came and was not taken is let go of; one that has not come is not waited for."""
        if self._taken:
            return
        self._taken = True
        self._sending.cancel()
        match self._sending.outcome.peek():
            case Some(Ok(response)):
                response.body.discard()
