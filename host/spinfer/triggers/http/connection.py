"""One connection: uvicorn's HTTP/1.1, with bounds on what a client may send and how long it may take.

| the client | then |
|---|---|
| sends a head that is too long, or takes too long for it | 431, 408 |
| sends too much that is no body: trailers, extensions of chunks | 400 |
| sends its body on, long after it was answered | is hung up on |
| takes nothing of its response | is hung up on |
| goes away while nothing is read from it | the request is told, as it is otherwise |
| is one too many | whoever waits longest without a request makes room, or it gets 503 |
"""

from __future__ import annotations

import asyncio
import logging
import resource
import select
from collections.abc import Callable
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spinfer.triggers.http.answers import RETRY_AFTER_S
from spinfer.triggers.http.cork import Cork

MAX_HEAD_BYTES = 64 << 10
"""Also of what stands between two pieces of a body, and after the last."""
HEAD_TIMEOUT_S = 20.0
"""From a connection's or a request's first byte to the end of the request's head."""
LINGER_S = 30.0
"""How long the rest of a body is read, and thrown away, once the request has its answer."""
SEND_IDLE_S = 60.0
"""How long a client may take nothing of what is sent to it."""
HANGUP_CHECK_S = 1.0
"""How often to look for a client that has gone away, while nothing is read from it."""
MAX_CONNECTIONS = 10_000
RESERVED_FILES = 256
"""Open files that are not for clients: guests' logs, files and requests."""

GONE = "spinfer.gone"
"""The extension of a request's scope with a Future: done once the client's connection is lost."""
TRAILERS = "spinfer.trailers"
"""The one with a list of names and values: what stands behind the body, once that has ended."""
TRAIL = "spinfer.trail"
"""The one with a function: told what is to stand behind the response's chunked body, which ends now."""

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: %d\r\n" % RETRY_AFTER_S
_MALFORMED = b"HTTP/1.1 400 Bad Request\r\n"
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n"
_NO_MORE = b"content-length: 0\r\nconnection: close\r\n\r\n"

log = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """Belongs to the event loop."""

    _in_head = True
    _bytes = 0
    """Received of this head; behind it, since the last piece of the body."""
    _in_body = False
    _idle_since = 0.0
    """On the loop's clock: since when it waits for a request, or for the end of one's head."""
    _head_timer: asyncio.TimerHandle | None = None
    _linger_timer: asyncio.TimerHandle | None = None
    _hangup_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    over: Callable[[], None] | None = None
    """Whom to tell that it has ended."""
    begun = False
    _gone: asyncio.Future[None]
    _trailers: list[tuple[bytes, bytes]]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.begun = True
        crowded = len(self.connections) >= most_connections()
        super().connection_made(cast(asyncio.Transport, Cork(transport, self.loop)))
        self._gone = self.loop.create_future()
        self._idle_since = self.loop.time()
        if crowded and not self._make_room():
            return self._refuse(_BUSY)
        self._begin_head()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        ours = (self._head_timer, self._linger_timer, self._hangup_timer, self._stall_timer)
        # the last is uvicorn's, which lets it run where the client broke off
        for timer in (*ours, self.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        self._gone.set_result(None)
        if self.over is not None:
            self.over()

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return None
        self._bytes += len(data)
        if self._in_head and self._bytes > MAX_HEAD_BYTES and not self._ends_in(data):
            return self._refuse(_TOO_LARGE)
        super().data_received(data)
        if not self._in_head and self._bytes > MAX_HEAD_BYTES:
            self._refuse(_MALFORMED)
        elif self._in_head and self._bytes and self._head_timer is None:
            self._begin_head()
        return None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._trailers = []
        trail = cast(Cork, self.transport).trail
        self.scope["extensions"] = {GONE: self._gone, TRAILERS: self._trailers, TRAIL: trail}  # type: ignore[dict-item]

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value)
        else:
            self._trailers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._end_head()
        self._in_body, self._bytes = True, 0
        super().on_headers_complete()
        if self._hangup_timer is None:
            self._look_again()

    def on_body(self, body: bytes) -> None:
        self._bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head, self._in_body, self._bytes = True, False, 0
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        cast(Cork, self.transport).flush()
        self._idle_since = self.loop.time()
        if self._in_body and self.cycle.response_complete:
            self._linger_timer = self.loop.call_later(LINGER_S, self.transport.close)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall_timer = self.loop.call_later(SEND_IDLE_S, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def send_400_response(self, msg: str) -> None:
        """Malformed: said by the status alone."""
        self._refuse(_MALFORMED)

    @property
    def _idle(self) -> bool:
        """Nobody works for it."""
        return self.cycle is None or self.cycle.response_complete

    def _ends_in(self, data: bytes) -> bool:
        """Whether these bytes, the first of them within bounds, end the head before it is too large."""
        end = data.find(b"\r\n\r\n")
        return end >= 0 and self._bytes - len(data) + end <= MAX_HEAD_BYTES

    def _begin_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self._refuse, _TOO_SLOW)

    def _end_head(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: bytes) -> None:
        """Say it, unless something else is being said, and hang up."""
        if self.transport.is_closing():
            return
        if self._idle or not self.cycle.response_started:
            self.transport.write(status + _NO_MORE)
        self.transport.close()

    def _give_up(self) -> None:
        """A client that takes nothing must not keep a guest."""
        log.debug("a client took nothing for %g s", SEND_IDLE_S)
        self.transport.abort()

    def _make_room(self) -> bool:
        """Hang up on whoever has been idle longest; False if all others are busy."""
        others = (cast(Connection, each) for each in self.connections if each is not self)
        idle = [other for other in others if other._idle]
        if idle:
            min(idle, key=lambda other: other._idle_since).transport.abort()
        return bool(idle)

    def _look_for_hangup(self) -> None:
        """While a request is answered: a transport that does not read does not see its other side leave."""
        self._hangup_timer = None
        if self._idle or self.transport.is_closing():
            return
        if self.flow.read_paused and _hung_up(self.transport.get_extra_info("socket").fileno()):
            self.transport.abort()
        else:
            self._look_again()

    def _look_again(self) -> None:
        self._hangup_timer = self.loop.call_later(HANGUP_CHECK_S, self._look_for_hangup)


def most_connections() -> int:
    """As many as may be open at once, by what the system lets this process open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, files - RESERVED_FILES))


def _hung_up(file: int) -> bool:
    """Whether the other side will send nothing more, even if something of it is still unread.

    It cannot be seen while the other side's system holds bytes that ours has no room for.
    """
    poll = select.poll()
    poll.register(file, select.POLLRDHUP)
    return bool(poll.poll(0))
