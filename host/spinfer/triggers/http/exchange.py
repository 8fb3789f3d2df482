"""One request and its answer, where whoever asks and a guest's thread meet."""

from __future__ import annotations

from spinfer.factors.wasi_http.messages import Request, Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.inference.cancellation import Cancellation


class Exchange:
    """Whoever asks makes it and awaits the answer; a guest's thread gives one.

    `request` is what the guest receives, `spin-*` headers included. `answer` is its response, or None when it
    ended without one.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.cancellation = Cancellation()
        """Cancelled when the client goes away or the host shuts down."""
        self.answer: Promise[Response | None] = Promise()

    def __repr__(self) -> str:
        return f"<Exchange {self.request.method} {self.request.path_with_query}>"

    def end(self) -> None:
        """Any thread, once no guest has it any more: whoever still awaits an answer gets none."""
        self.request.body.discard()
        self.answer.keep(None)
