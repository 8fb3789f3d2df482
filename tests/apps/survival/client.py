"""A small HTTP/1.1 client that can misbehave: it sees each piece as it comes, and leaves when it likes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


class Broken(Exception):
    """The other side ended the connection, or sent what is not HTTP/1.1."""


@dataclass(frozen=True)
class Head:
    """A response's first part; names in small letters."""

    status: int
    headers: dict[str, str]


class Connection:
    """One connection. After a whole response it can carry the next request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._left: int | None = 0
        """Bytes of the body that are still to come; None: it comes in chunks, and the last has not."""

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, method: str, path: str, body: bytes = b"", *, length: int | None = None) -> None:
        """A request; with `length`, one that promises more than this part of its body."""
        promised = len(body) if length is None else length
        head = f"{method} {path} HTTP/1.1\r\nhost: survival\r\ncontent-length: {promised}\r\n\r\n"
        await self._write(head.encode() + body)

    async def send_more(self, rest: bytes) -> None:
        """More of a body whose beginning was sent."""
        await self._write(rest)

    async def send_head(self, method: str, path: str) -> None:
        """A request whose body goes in pieces, by `send_piece`; an empty one ends it."""
        await self._write(
            f"{method} {path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        )

    async def send_piece(self, piece: bytes) -> None:
        await self._write(b"%x\r\n%b\r\n" % (len(piece), piece))

    async def head(self) -> Head:
        """Raises Broken."""
        try:
            lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:-1])
            }
            status = int(lines[0].split()[1])
            chunked = headers.get("transfer-encoding") == "chunked"
            self._left = None if chunked else int(headers["content-length"])
        except (asyncio.IncompleteReadError, ConnectionError, LookupError, ValueError) as e:
            raise Broken(f"no response: {e!r}") from e
        return Head(status, headers)

    async def piece(self) -> bytes:
        """Some more of the body; b"" once it has ended. Raises Broken where it breaks off."""
        try:
            return await self._known_length() if self._left is not None else await self._chunk()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as e:
            raise Broken(f"the response breaks off: {e!r}") from e

    async def body(self) -> bytes:
        """All that is left of it."""
        pieces = []
        while piece := await self.piece():
            pieces.append(piece)
        return b"".join(pieces)

    def leave(self) -> None:
        """At once, whatever is under way."""
        self._writer.transport.abort()

    async def close(self) -> None:
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    async def _write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError as e:
            raise Broken("the request is not taken") from e

    async def _known_length(self) -> bytes:
        assert self._left is not None
        if not self._left:
            return b""
        piece = await self._reader.read(min(self._left, 1 << 16))
        if not piece:
            raise Broken(f"{self._left} bytes are missing")
        self._left -= len(piece)
        return piece

    async def _chunk(self) -> bytes:
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        piece = (await self._reader.readexactly(size + 2))[:size]
        if not size:
            self._left = 0
        return piece
