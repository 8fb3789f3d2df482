from __future__ import annotations

import signal
import threading


def pytest_configure() -> None:
    """A shell starts what runs in its background with Ctrl-C ignored; so would be all that tests end by it."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
