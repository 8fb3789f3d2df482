from __future__ import annotations

import gc
import signal
import threading
from collections.abc import Iterator

import pytest


def pytest_configure() -> None:
    """What a shell runs in its background ignores Ctrl-C, and so would all that tests start and end by it."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def no_collection() -> Iterator[None]:
    """For tests of what is nested too deep: garbage of earlier ones would fail to be collected down there."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
