"""What Ctrl-C does while a command is at work."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object] | int


@contextmanager
def handling(handler: Handler, *signals: signal.Signals) -> Iterator[None]:
    """`handler` hears these signals while the block runs; on the main thread only."""
    previous = {signum: signal.signal(signum, handler) for signum in signals}
    try:
        yield
    finally:
        for signum, before in previous.items():
            signal.signal(signum, before)


def dying_at_once() -> AbstractContextManager[None]:
    """While wasmtime compiles, Python would not notice a Ctrl-C for seconds; nothing is lost by dying."""
    return handling(signal.SIG_DFL, signal.SIGINT)
