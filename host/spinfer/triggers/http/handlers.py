"""The interfaces by which a component answers HTTP: `wasi:http/incoming-handler`, and Spin's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from spinfer.bindings.values import Some
from spinfer.factors.wasi_http import incoming
from spinfer.factors.wasi_http.messages import Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.received import Answer, Refused
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import Entry
from spinfer.triggers.http import legacy
from spinfer.triggers.http.exchange import Exchange
from spinfer.triggers.http.guest import Guest, NoResponse

INCOMING: Final = Entry(
    "wasi:http/incoming-handler",
    "handle",
    "func(request: own<incoming-request>, response-out: own<response-outparam>)",
)
ENTRIES: Final = (INCOMING, legacy.ENTRY)
"""What a component may export to answer HTTP: hand them to `Executor.load`."""


def guest(executor: Executor, component: str) -> Guest:
    """The component, loaded already, by whichever interface it exports."""
    assert INCOMING.interface is not None
    if executor.entry(component).startswith(INCOMING.interface):
        return Guest(component, _incoming(executor, component))
    return Guest(component, legacy.answering(executor, component))


def _incoming(executor: Executor, component: str) -> Callable[[Exchange], None]:
    def answer(exchange: Exchange) -> None:
        with executor.instantiate(component, cancellation=exchange.cancellation) as instance:
            received = incoming.receive(instance.resources, exchange.request)
            received.answer.subscribe(lambda: _pass_on(received.answer, exchange))
            instance.call(received.request, received.response_out)
            _check(received.answer)

    return answer


def _pass_on(answer: Promise[Answer], exchange: Exchange) -> None:
    """While the guest still runs: the response begins as soon as it is set."""
    match answer.peek():
        case Some(Response() as response):
            exchange.answer.keep(response)


def _check(answer: Promise[Answer]) -> None:
    match answer.peek():
        case Some(Response()):
            return
        case Some(Refused(code)):
            raise NoResponse(f"it answered with the error `{code.name}`")
    raise NoResponse("it returned without a response")
