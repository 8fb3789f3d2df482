"""Connections that one process accepts and another serves: what the two tell each other, a byte at a time.

| byte | said by | means |
|---|---|---|
| `CONNECTION`, with a socket | the dispatcher | serve this |
| `END`, `END_NOW` | the dispatcher | let requests end, or do not, and end |
| `READY` | the worker | connections may come |
| `OVER` | the worker | one of them has ended |

The other side's death ends the stream, so each notices.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from typing import Final

from spinfer.triggers.http.connection import Connection

CONNECTION: Final = b"C"
END: Final = b"E"
END_NOW: Final = b"N"
READY: Final = b"R"
OVER: Final = b"O"

_AGAIN_S = 0.05
"""When to try again to tell a dispatcher that does not listen just now."""

log = logging.getLogger(__name__)


class Handover:
    """A worker's end. Belongs to its event loop, once `serve` was called there."""

    def __init__(self, control: socket.socket) -> None:
        """Becomes the owner of `control`, one end of a pair of Unix stream sockets."""
        control.setblocking(False)
        self._control = control
        self._unsaid = b""
        self._ending = False
        self._adopting: set[asyncio.Task[None]] = set()

    def serve(
        self, make: Callable[[], Connection], tls: ssl.SSLContext | None, end: Callable[[bool], None]
    ) -> None:
        """Say that all is ready, and give each connection that comes to a protocol of its own.

        `end` is told to end, and whether at once.
        """
        self._make, self._tls, self._end = make, tls, end
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control, self._hear)
        self._say(READY)

    def leave(self) -> None:
        """The event loop, which is about to end."""
        self._loop.remove_reader(self._control)

    def close(self) -> None:
        """Tells the dispatcher that this worker has ended. What was not taken yet is hung up on."""
        self._control.close()

    def _hear(self) -> None:
        while True:
            try:
                said, files, _, _ = socket.recv_fds(self._control, 1, 1)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as e:
                log.debug("the dispatcher is gone: %s", e)
                said, files = b"", []
            if said == CONNECTION:
                self._adopt(files)
                continue
            self._ending = True
            self._end(said != END)
            if said == b"":
                self._loop.remove_reader(self._control)
                return

    def _adopt(self, files: list[int]) -> None:
        if not files:  # this process may open no more files: the kernel has closed it
            self._say(OVER)
            return
        client = socket.socket(fileno=files[0])
        if self._ending:
            client.close()
            return
        task = self._loop.create_task(self._connect(client))
        self._adopting.add(task)
        task.add_done_callback(self._adopting.discard)

    async def _connect(self, client: socket.socket) -> None:
        connection = self._make()
        connection.over = lambda: self._say(OVER)
        try:
            await self._loop.connect_accepted_socket(lambda: connection, client, ssl=self._tls)
        except OSError as e:
            log.debug("a connection came to nothing: %s", e)
        finally:
            if not connection.begun:
                self._say(OVER)

    def _say(self, what: bytes) -> None:
        """Now, or as soon as there is room. A dispatcher that is gone needs to hear nothing."""
        if not self._unsaid:
            self._loop.call_soon(self._send)
        self._unsaid += what

    def _send(self) -> None:
        try:
            self._unsaid = self._unsaid[self._control.send(self._unsaid) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._unsaid = b""
        if self._unsaid:
            self._loop.call_later(_AGAIN_S, self._send)
