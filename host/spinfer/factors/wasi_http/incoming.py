"""How a trigger asks a guest: two handles for `wasi:http/incoming-handler#handle`, and its answer's promise.

The promise is kept in every case: with the response as soon as the guest sets it, and at the latest when the
instance closes. The response's body streams on after that, and breaks off (`ending` is an Err) if the guest
never finishes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from spinfer.bindings.resources import Resources
from spinfer.factors.wasi_http import handles
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.received import Answer, IncomingRequest, ResponseOutparam


@dataclass(frozen=True, slots=True)
class Received:
    """The reps of the two handles, in the order of `handle`'s parameters, and what comes of them."""

    request: int
    response_out: int
    answer: Promise[Answer]


def receive(resources: Resources, request: Request) -> Received:
    """New handles in the instance that `resources` belongs to, on its thread."""
    answer: Promise[Answer] = Promise()
    return Received(
        resources.own(handles.INCOMING_REQUEST, IncomingRequest(request)),
        resources.own(handles.RESPONSE_OUTPARAM, ResponseOutparam(answer)),
        answer,
    )
