"""The HTTP client: one event loop on a thread of its own, with a pool of connections. Any thread may send."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType

import aiohttp

from spinfer.factors.outbound_http.exchange import exchange
from spinfer.factors.outbound_http.names import FilteringResolver
from spinfer.factors.outbound_http.phases import tracing
from spinfer.factors.outbound_networking.networks import BlockedNetworks
from spinfer.factors.wasi_http.error_code import CONNECTION_TERMINATED, HttpError
from spinfer.factors.wasi_http.messages import Request
from spinfer.factors.wasi_http.promise import Promise
from spinfer.factors.wasi_http.sending import Outcome, Sending, Timeouts

MAX_HEADER_BYTES = 64 << 10
"""The longest line that a response's head may have."""
_CLOSE_S = 5.0

log = logging.getLogger(__name__)


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
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def send(self, request: Request, timeouts: Timeouts) -> Sending:
        """Start an exchange. Returns at once; raises HttpError once the client is closed."""
        outcome: Promise[Outcome] = Promise()
        return Sending(outcome, self._spawn(lambda: self._exchange(request, timeouts, outcome)))

    def close(self) -> None:
        """End every exchange, and the thread. Twice is no mistake."""
        with self._lock:
            self._closed = True
            loop, thread, self._thread = self._loop, self._thread, None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result(_CLOSE_S)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_CLOSE_S)

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _exchange(self, request: Request, timeouts: Timeouts, outcome: Promise[Outcome]) -> None:
        await exchange(self._opened(), request, timeouts, outcome)

    def _spawn(self, work: Callable[[], Coroutine[None, None, None]]) -> Callable[[], None]:
        """Run `work` on the loop; what is returned cancels it, from any thread."""
        loop = self._running()
        task: asyncio.Task[None] | None = None

        def start() -> None:
            nonlocal task
            task = loop.create_task(work())
            self._tasks.add(task)
            task.add_done_callback(self._ended)

        def cancel() -> None:
            if task is not None:
                task.cancel()

        loop.call_soon_threadsafe(start)
        return lambda: _post(loop, cancel)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                raise HttpError(CONNECTION_TERMINATED)
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_run, args=(self._loop,), name="spinfer-outbound-http", daemon=True
                )
                self._thread.start()
            return self._loop

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

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("sending a request failed", exc_info=failure)

    async def _end(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def _post(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call it on the loop; a loop that has ended has nothing left to be told."""
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:
        log.debug("the client was closed before")
