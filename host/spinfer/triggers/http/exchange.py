"""One request and its response, where the event loop and a guest's thread meet."""

from __future__ import annotations

from spinfer.bindings.values import Case
from spinfer.factors.wasi_http.messages import BodyWriter, Request, Response
from spinfer.factors.wasi_http.promise import Promise
from spinfer.inference.cancellation import Cancellation
from spinfer.triggers.http.request import Header, RequestHead

_TERMINATED = Case("connection-terminated")


class Exchange:
    """The event loop makes it, feeds the request's body and awaits the answer; a guest's thread gives one.

    `answer` is the guest's response, or None when it ended without one.
    """

    def __init__(self, head: RequestHead, headers: tuple[Header, ...]) -> None:
        """`headers` are what the guest receives, `spin-*` included."""
        self.head = head
        self.body = BodyWriter()
        self.request = Request(
            head.method, head.scheme, head.authority, head.path_with_query, headers, self.body.body
        )
        self.cancellation = Cancellation()
        """Cancelled when the client goes away or the host shuts down."""
        self.answer: Promise[Response | None] = Promise()

    def __repr__(self) -> str:
        return f"<Exchange {self.head.method} {self.head.path}>"

    def end(self) -> None:
        """Any thread, once no guest has it any more: whoever still awaits an answer gets none."""
        self.request.body.discard()
        self.answer.keep(None)

    def stop_receiving(self) -> None:
        """No more of the request's body will come; a guest that still reads it finds it broken off."""
        self.body.abort(_TERMINATED)

    def cancel(self) -> None:
        """The client went away: the guest is interrupted, wherever it is. Any thread."""
        self.stop_receiving()
        self.cancellation.cancel()
