"""Server-sent events, however their bytes arrive."""

import pytest

from spinfer.inference.remote.events import data_of_events

STREAM = (
    "data: one\n\n: comment\nevent: x\ndata:two\ndata: 世界\r\n\r\n\n\ndata: [DONE]\n\ndata: never ended"
).encode()
DATA = ["one", "two\n世界", "[DONE]"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events(size: int) -> None:
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert list(data_of_events(pieces)) == DATA


def test_as_soon_as_they_are_whole() -> None:
    def pieces():
        yield b"data: one\n"
        yield b"\n"
        raise AssertionError("the first event was whole before")

    assert next(data_of_events(pieces())) == "one"
