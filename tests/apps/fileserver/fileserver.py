"""A static file server as Spin's published one goes about it.

It finds the path in `spin-path-info`, takes options from the environment, looks through the file system of
preview 1, adapted, reads each file twice, for its ETag and for the body, and sends the body in pieces of
64 KiB without a length, waiting for room. It does not compress.
"""

import asyncio
import mimetypes
import os
from hashlib import sha256
from pathlib import Path

from spin_sdk.http.poll_loop import PollLoop, Sink
from spin_sdk.wit import exports
from spin_sdk.wit.imports.types import Fields, IncomingRequest, OutgoingResponse, ResponseOutparam
from spin_sdk.wit.types import Ok

PIECE_BYTES = 64 * 1024


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        loop = PollLoop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve(request, response_out))


async def serve(request: IncomingRequest, response_out: ResponseOutparam) -> None:
    asked = {name.lower(): value.decode() for name, value in request.headers().entries()}
    file = resolve(asked["spin-path-info"])
    if file is None:
        return await send(response_out, 404, [], b"Not Found")
    etag = sha256(file.read_bytes()).hexdigest()
    headers = [("cache-control", os.environ.get("CACHE_CONTROL", "max-age=60")), ("etag", etag)]
    if kind := mimetypes.guess_type(file)[0]:
        headers.append(("content-type", kind))
    if asked.get("if-none-match") == etag:
        return await send(response_out, 304, headers, b"")
    return await send(response_out, 200, headers, file.read_bytes())


def resolve(path: str) -> Path | None:
    """As asked, its index.html, or the fallback. What may not be looked at is not there, as Rust has it."""
    file = Path(path.lstrip("/") or "index.html")
    if os.path.isdir(file):
        file /= "index.html"
    if not os.path.exists(file) and "FALLBACK_PATH" in os.environ:
        file = Path(os.environ["FALLBACK_PATH"])
    return file if os.path.exists(file) else None


async def send(
    response_out: ResponseOutparam, status: int, headers: list[tuple[str, str]], content: bytes
) -> None:
    response = OutgoingResponse(Fields.from_list([(name, value.encode()) for name, value in headers]))
    response.set_status_code(status)
    sink = Sink(response.body())
    ResponseOutparam.set(response_out, Ok(response))
    for start in range(0, len(content), PIECE_BYTES):
        await sink.send(content[start : start + PIECE_BYTES])
    sink.close()
