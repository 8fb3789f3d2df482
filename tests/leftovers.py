"""What a test leaves behind: the threads and the open files that were not there before it.

They are compared by which they are, not by how many: those of an earlier test may end at any moment.
"""

from __future__ import annotations

import os
import threading


def threads() -> frozenset[threading.Thread]:
    """Those that run now."""
    return frozenset(threading.enumerate())


def files() -> frozenset[str]:
    """The numbers of the files that are open now, and of one that is open no more: the list's own."""
    return frozenset(os.listdir("/proc/self/fd"))
