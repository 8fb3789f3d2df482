"""uvicorn on a thread of its own: the event loop, from the first connection to the last."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from spinfer.errors import ConfigError
from spinfer.triggers.http.connection import Connection
from spinfer.triggers.http.handover import Handover
from spinfer.triggers.http.reply import Receive, Send

GRACE_S = 5
"""How long requests may take to end once the server is asked to."""
KEEP_ALIVE_S = 60

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Read both now, while there is somebody to tell. Raises ConfigError."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key)
        except OSError as e:
            raise ConfigError(
                f"the certificate {self.certificate} and the key {self.key} cannot be used:"
                f" {e.strerror or e}",
                where="--tls-cert",
                cure="Both are PEM files, and the key is the certificate's own.",
            ) from e


Asgi = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
"""An `App`, or what stands before several."""


class Server:
    """Serves an app to whoever connects. `stop` may come from any thread."""

    def __init__(
        self, app: Asgi, source: socket.socket | Handover, tls: Tls | None = None, *, grace_s: int = GRACE_S
    ) -> None:
        """`source`: a listening socket, or whoever hands over connections; it is closed in the end.

        Raises ConfigError where the certificate is none.
        """
        if tls is not None:
            tls.check()
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            loop="asyncio",
            interface="asgi3",
            log_config=None,
            log_level="critical",  # the app tells what went wrong, once
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=grace_s,
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
        )
        self._uvicorn = (
            _HandedOver(config, source, self) if isinstance(source, Handover) else uvicorn.Server(config)
        )
        self._source = source
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="spinfer-event-loop", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, *, at_once: bool = False) -> None:
        """Accept nothing more; requests may end within the grace time, or are cancelled at once."""
        if at_once:
            self._uvicorn.config.timeout_graceful_shutdown = 0
            self._uvicorn.force_exit = True
        self._uvicorn.should_exit = True

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether it has ended. Raises what ended it, if that was no `stop`."""
        self._thread.join(timeout_s)
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._source] if isinstance(self._source, socket.socket) else [])
        except BaseException as failure:  # noqa: BLE001 - the thread's top: `wait` raises it
            self._failure = failure
        finally:
            self._source.close()


class _HandedOver(uvicorn.Server):
    """uvicorn where others accept the connections."""

    def __init__(self, config: uvicorn.Config, handover: Handover, server: Server) -> None:
        super().__init__(config)
        self._handover = handover
        self._stop = server.stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._handover.serve(self._connection, self.config.ssl, lambda at_once: self._stop(at_once=at_once))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._handover.leave()

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state)
