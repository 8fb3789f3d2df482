"""What clients do: each kind of request, and the only outcome that it accepts."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apps.survival.client import Broken, Connection, Head

MIB = 1 << 20
SENTENCES = {
    "What a wonderful day!": "positive",
    "I love this phone, it works perfectly.": "positive",
    "The soup was cold and the waiter rude": "negative",
    "I hate this, it broke twice.": "negative",
}
PIECES = 6


class Wrong(Exception):
    """An answer that should not be."""


class Client:
    """One of those who ask at the same time: a connection, kept where the last request left it whole."""

    def __init__(self, port: int, seed: int) -> None:
        self.random = random.Random(seed)
        self._port = port
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        if self._connection is None:
            self._connection = await Connection.open(self._port)
        return self._connection

    def leave(self) -> None:
        if self._connection is not None:
            self._connection.leave()
            self._connection = None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def token(self) -> str:
        """A word that nobody else says."""
        return f"{self.random.getrandbits(64):016x}"


async def hello(client: Client) -> None:
    connection, name = await client.connection(), client.token()
    await connection.send("GET", f"/hello/{name}")
    _expect(await connection.head(), 200)
    _equal(await connection.body(), f"Hello, {name}!\n".encode())


async def ask_model(client: Client) -> None:
    connection, sentence = await client.connection(), client.random.choice(list(SENTENCES))
    await connection.send("POST", "/api/sentiment", sentence.encode())
    _expect(await connection.head(), 200)
    _equal(await connection.body(), b'{"sentiment": "%b"}' % SENTENCES[sentence].encode())


async def echo(client: Client) -> None:
    """1 MiB there and back: both ways at once, as no pipe between holds all of it."""
    connection, content = await client.connection(), client.random.randbytes(MIB)
    sending = asyncio.ensure_future(connection.send("POST", "/echo", content))
    try:
        _expect(await connection.head(), 200)
        body = await connection.body()
    finally:
        await sending
    _equal(hashlib.sha256(body).digest(), hashlib.sha256(content).digest())


async def converse(client: Client) -> None:
    """Each piece is sent only after the one before has come back."""
    connection = await client.connection()
    await connection.send_head("POST", "/echo")
    for number in range(PIECES):
        said, heard = client.token().encode() * (1 + number), b""
        await connection.send_piece(said)
        if not number:
            _expect(await connection.head(), 200)
        while len(heard) < len(said):
            piece = await connection.piece()
            heard += piece or b"end too soon"
        _equal(heard, said)
    await connection.send_piece(b"")
    _equal(await connection.body(), b"")


async def hold(client: Client, path: str, seconds: float) -> None:
    """A guest that waits that long for its body."""
    connection, content = await client.connection(), b"What a wonderful day!"
    await connection.send("POST", path, content[:1], length=len(content))
    await asyncio.sleep(seconds)
    await connection.send_more(content[1:])
    _expect(await connection.head(), 200)
    await connection.body()


async def trap(client: Client) -> None:
    connection = await client.connection()
    await connection.send("GET", "/trap")
    _expect(await connection.head(), 500)
    _equal(await connection.body(), b"")


async def loop(client: Client) -> None:
    """A guest that never answers: its deadline does."""
    connection = await client.connection()
    await connection.send("GET", "/loop")
    _expect(await connection.head(), 500)
    _equal(await connection.body(), b"")


async def leave_while_sending(client: Client) -> None:
    connection = await client.connection()
    await connection.send("POST", "/echo", client.random.randbytes(50_000), length=MIB)
    await asyncio.sleep(client.random.random() / 50)
    client.leave()


async def leave_while_receiving(client: Client) -> None:
    connection = await client.connection()
    await connection.send("GET", "/endless")
    _expect(await connection.head(), 200)
    received = b"".join([await connection.piece() for _ in range(client.random.randrange(1, 20))])
    _equal(received, (b"0123456789" * (len(received) // 10 + 1))[: len(received)])
    client.leave()


async def leave_a_loop(client: Client) -> None:
    connection = await client.connection()
    await connection.send("GET", "/stall")
    _expect(await connection.head(), 200)
    _equal(await connection.piece(), b"begun")
    client.leave()


async def leave_a_model(client: Client) -> None:
    """Before, while or after it thinks, as luck has it."""
    connection = await client.connection()
    await connection.send("POST", "/api/sentiment", b"What a wonderful day!")
    await asyncio.sleep(client.random.random() / 10)
    client.leave()


@dataclass(frozen=True)
class Kind:
    ask: Callable[[Client], Awaitable[None]]
    share: int
    """Of a thousand requests."""
    at_once: int | None = None
    """No more of these at the same time: each takes a whole core until its deadline."""


KINDS = (
    Kind(hello, 498),
    Kind(ask_model, 120),
    Kind(converse, 120),
    Kind(echo, 70),
    Kind(trap, 80),
    Kind(loop, 2, at_once=1),
    Kind(leave_while_sending, 30),
    Kind(leave_while_receiving, 30),
    Kind(leave_a_loop, 20),
    Kind(leave_a_model, 30),
)


def _expect(head: Head, status: int) -> None:
    if head.status != status:
        raise Wrong(f"status {head.status} instead of {status}")


def _equal(got: bytes, wanted: bytes) -> None:
    if got != wanted:
        raise Wrong(f"{got[:80]!r} instead of {wanted[:80]!r}")


FAILURES = (Wrong, Broken, ConnectionError, TimeoutError)
