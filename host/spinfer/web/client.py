"""One question over HTTP, asked by a thread that waits for the answer and can be interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType
from typing import Protocol

import aiohttp

from spinfer.web.loop_thread import LoopClosed, LoopThread

CONNECT_S = 10.0
MAX_ANSWER_BYTES = 256 << 20
"""A longer answer is broken off: it would fill the memory."""


class WebFailure(Exception):
    """There is no answer, or no more of it; the text says why in a few words, and holds no secret."""


class Interrupted(Exception):
    """One of the question's interruptions came first, or the client was closed."""


class Interruption(Protocol):
    """What ends a question early, such as a Cancellation."""

    def listening(self, listener: Callable[[], None]) -> AbstractContextManager[None]:
        """`listener` is called, on any thread, when it is over; at once if it is already."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent. Headers may hold secrets, so they are not shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    silence_s: float = 30.0
    """The longest that the server may keep silent, before its answer and within it."""


@dataclass(frozen=True, slots=True)
class _Head:
    status: int
    content_type: str


_Event = _Head | bytes | WebFailure | Interrupted | None


class Answer:
    """What comes back; belongs to the thread that asked. Reading raises WebFailure or Interrupted."""

    def __init__(self, events: SimpleQueue[_Event], interrupted: threading.Event) -> None:
        self._events = events
        self._interrupted = interrupted
        head = self._next()
        assert isinstance(head, _Head), "an answer begins with its head"
        self.status = head.status
        self.content_type = head.content_type
        """Without parameters, in small letters."""

    def pieces(self) -> Iterator[bytes]:
        """The content as it comes; once."""
        while isinstance(piece := self._next(), bytes):
            yield piece

    def read(self) -> bytes:
        """The whole content."""
        return b"".join(self.pieces())

    def _next(self) -> _Head | bytes | None:
        event = self._events.get()
        if self._interrupted.is_set():
            raise Interrupted
        if isinstance(event, WebFailure | Interrupted):
            raise event
        return event


class WebClient:
    """Asks servers, with connections kept for the next question. Any thread; it follows no redirects.

    Nothing is sent through a proxy of the environment: what is asked carries keys.
    """

    def __init__(self) -> None:
        self._thread = LoopThread("spinfer-web")
        self._session: aiohttp.ClientSession | None = None

    @contextmanager
    def ask(self, question: Question, *interruptions: Interruption) -> Iterator[Answer]:
        """Wait for the answer's head; leaving the block ends what is left of it.

        Raises WebFailure or Interrupted.
        """
        events: SimpleQueue[_Event] = SimpleQueue()
        interrupted = threading.Event()

        def interrupt() -> None:
            interrupted.set()
            events.put(Interrupted())

        with ExitStack() as stack:
            for interruption in interruptions:
                stack.enter_context(interruption.listening(interrupt))
            try:
                cancel = self._thread.spawn(
                    lambda: self._exchange(question, events), lambda: events.put(Interrupted())
                )
            except LoopClosed as e:
                raise Interrupted from e
            stack.callback(cancel)
            yield Answer(events, interrupted)

    def close(self) -> None:
        """End every question, and the thread. Twice is no mistake."""
        self._thread.close(self._end)

    def __enter__(self) -> WebClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _exchange(self, question: Question, events: SimpleQueue[_Event]) -> None:
        """Runs on the loop; its last event is the end, or why there is none."""
        try:
            events.put(await self._pass_on(question, events))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as cause:
            failure = WebFailure(_reason(cause, question))
            failure.__cause__ = cause
            events.put(failure)

    async def _pass_on(self, question: Question, events: SimpleQueue[_Event]) -> WebFailure | None:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=question.silence_s)
        async with self._opened().request(
            question.method,
            question.url,
            headers=question.headers,
            data=question.body,
            allow_redirects=False,
            timeout=timeout,
        ) as response:
            events.put(_Head(response.status, response.content_type.lower()))
            received = 0
            async for piece in response.content.iter_any():
                received += len(piece)
                if received > MAX_ANSWER_BYTES:
                    return WebFailure(f"its answer is longer than {MAX_ANSWER_BYTES >> 20} MiB")
                events.put(piece)
        return None

    def _opened(self) -> aiohttp.ClientSession:
        """The session; made on the loop, which is where it belongs."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, resolver=aiohttp.ThreadedResolver()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def _end(self) -> None:
        if self._session is not None:
            await self._session.close()


def _reason(failure: Exception, question: Question) -> str:
    """In an operator's words; never the URL or a header, which the caller knows."""
    if isinstance(failure, aiohttp.ConnectionTimeoutError):
        return f"no connection within {CONNECT_S:g} s"
    if isinstance(failure, TimeoutError):
        return f"it kept silent for {question.silence_s:g} s"
    return next(
        (words for kind, words in _REASONS if isinstance(failure, kind)), "what it answers is not HTTP"
    )


_NOT_HTTP = "what it answers is not HTTP"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "its name cannot be looked up"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not to be trusted"),
    (aiohttp.ClientSSLError, "it does not speak TLS as expected"),
    (aiohttp.ClientConnectorError, "nobody answers there"),
    (aiohttp.ServerDisconnectedError, "it hung up"),
    (aiohttp.ClientPayloadError, "it hung up"),
    (OSError, "it hung up"),
)
"""The first that fits."""
