from __future__ import annotations

import signal
import threading


def pytest_configure() -> None:
    """What a shell runs in its background ignores Ctrl-C, and so would all that tests start and end by it."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
