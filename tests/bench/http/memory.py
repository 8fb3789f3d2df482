"""What a host keeps in memory for those who are connected and those who are being answered."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from pathlib import Path

from bench.engine.say import Unmeasurable
from bench.http.servers import PATH, ours

IDLE, IN_FLIGHT = 200, 32

_MIB = 1 << 20
_SETTLE_S = 2.0
_GET = f"GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode()
_POST = f"POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5\r\n\r\n".encode()
"""The guest waits for a body that does not come."""


def added_mib(app: Path) -> float:
    """MiB over the host that has answered one request: `IDLE` connections answered and kept, and `IN_FLIGHT`
    guests that wait for a body. Proportional set size, so that what processes share counts once.
    """
    with ours(app) as server, ExitStack() as connections:

        def connect(request: bytes) -> socket.socket:
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", server.port), 60))
            connection.sendall(request)
            return connection

        before = server.memory_bytes()
        for _ in range(IDLE):
            if not connect(_GET).recv(65536).startswith(b"HTTP/1.1 200"):
                raise Unmeasurable("an idle connection was refused")
        waiting = [connect(_POST) for _ in range(IN_FLIGHT)]
        time.sleep(_SETTLE_S)
        added = server.memory_bytes() - before
        for connection in waiting:  # only a guest that was in flight answers now
            connection.sendall(b"12345")
            if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
                raise Unmeasurable("a guest that should have been in flight was not")
        return added / _MIB
