"""`incoming-request`, `incoming-response` and `response-outparam` as a guest holds them. Guest thread."""

from __future__ import annotations

from dataclasses import dataclass

from spinfer.bindings.values import Case
from spinfer.factors.wasi_http.bodies import IncomingBody
from spinfer.factors.wasi_http.fields import Fields
from spinfer.factors.wasi_http.messages import Body, Request, Response
from spinfer.factors.wasi_http.promise import Promise


@dataclass(frozen=True, slots=True)
class Refused:
    """The guest answered with an `error-code` instead of a response."""

    code: Case


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The guest ended, or let go of its outparam, without an answer."""


Answer = Response | Refused | Unanswered


class _Consumable:
    """A message's body, given out once; one that nobody took is let go of with the message."""

    __slots__ = ("_body", "_taken")

    def __init__(self, body: Body) -> None:
        self._body = body
        self._taken = False

    def consume(self) -> IncomingBody | None:
        """None the second time."""
        if self._taken:
            return None
        self._taken = True
        return IncomingBody(self._body)

    def drop(self) -> None:
        if not self._taken:
            self._taken = True
            self._body.discard()


class IncomingRequest(_Consumable):
    """What the guest is asked."""

    __slots__ = ("request",)

    def __init__(self, request: Request) -> None:
        super().__init__(request.body)
        self.request = request

    @property
    def headers(self) -> Fields:
        """Made when they are asked for: not every guest does."""
        return Fields.received(self.request.headers)


class IncomingResponse(_Consumable):
    """What somebody answered the guest."""

    __slots__ = ("headers", "status")

    def __init__(self, response: Response) -> None:
        super().__init__(response.body)
        self.status = response.status
        self.headers = Fields.received(response.headers)


class ResponseOutparam:
    """Where the guest's answer goes."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Promise[Answer]) -> None:
        self._answer = answer

    def set(self, answer: Response | Refused) -> None:
        self._answer.keep(answer)

    def drop(self) -> None:
        """Let go without an answer."""
        self._answer.keep(Unanswered())
