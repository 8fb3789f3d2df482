"""Server-sent events: from the bytes of a response to the data of each event. Pure.

The format is the HTML standard's, of which only `data` matters here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def data_of_events(pieces: Iterable[bytes]) -> Iterator[str]:
    """Each event's data as soon as the event is whole; one that was never ended is dropped."""
    data: list[str] = []
    for line in _lines(pieces):
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends, which are LF or CR LF; a last line that has no end is none."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.removesuffix(b"\r")
