"""The HTTP client: one event loop on a thread of its own, with a pool of connections. Any thread may send."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from types import TracebackType

import aiohttp

from spinfer.bindings.values import Err
from spinfer.factors.outbound_http.exchange import exchange
from spinfer.factors.outbound_http.names import FilteringResolver
from spinfer.factors.outbound_http.phases import tracing
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.wasi_http.error_code import CONNECTION_TERMINATED, HttpError
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Outcome, Sending, Timeouts
from spinfer.web.loop_thread import LoopClosed, LoopThread

MAX_HEADER_BYTES = 64 << 10
"""The longest line that a response's head may have."""


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """`[outbound_http]` and `[outbound_networking]` of runtime-config.toml."""

    connection_pooling: bool = True
    max_connections: int | None = None
    """At once, to whomever; None: as many as asked for."""
    blocked: BlockedNetworks = field(default_factory=BlockedNetworks)


class HttpClient:
    """Started by its first request. Close it after the last guest has ended."""

    def __init__(self, config: ClientConfig | None = None) -> None:
        self.config = config or ClientConfig()
        self._thread = LoopThread("spinfer-outbound-http")
        self._session: aiohttp.ClientSession | None = None

    def send(self, request: Request, timeouts: Timeouts, tls: ssl.SSLContext | None = None) -> Sending:
        """Start an exchange; `tls` None: the usual context. Returns at once.

        Raises HttpError once the client is closed.
        """
        outcome: Promise[Outcome] = Promise()

        def ended() -> None:
            """If it never began, somebody waits nevertheless."""
            outcome.keep(Err(CONNECTION_TERMINATED))
            request.body.discard()

        try:
            cancel = self._thread.spawn(lambda: self._exchange(request, timeouts, tls, outcome), ended)
        except LoopClosed as e:
            raise HttpError(CONNECTION_TERMINATED) from e
        return Sending(outcome, cancel)

    def close(self) -> None:
        """End every exchange, and the thread. Twice is no mistake."""
        self._thread.close(self._end)

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _exchange(
        self,
        request: Request,
        timeouts: Timeouts,
        tls: ssl.SSLContext | None,
        outcome: Promise[Outcome],
    ) -> None:
        await exchange(self._opened(), request, timeouts, outcome, tls)

    def _opened(self) -> aiohttp.ClientSession:
        """The session; made on the loop, which is where it belongs."""
        if self._session is None:
            resolver = FilteringResolver(aiohttp.ThreadedResolver(), self.config.blocked.block)
            connector = aiohttp.TCPConnector(
                resolver=resolver,
                limit=self.config.max_connections or 0,
                force_close=not self.config.connection_pooling,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(),
                auto_decompress=False,
                max_line_size=MAX_HEADER_BYTES,
                max_field_size=MAX_HEADER_BYTES,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                trace_configs=[tracing()],
            )
        return self._session

    async def _end(self) -> None:
        if self._session is not None:
            await self._session.close()
