"""The first connection to an SQLite file, which other processes may open at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable

import apsw

_RETRY_S = 0.01


def opened(
    connect: Callable[[], apsw.Connection], prepare: Callable[[apsw.Connection], None], patience_s: float
) -> apsw.Connection:
    """What `connect` makes, prepared. Processes that make a file at once get in each other's way: again.

    Raises what the two raise; BusyError only when `patience_s` has passed.
    """
    give_up = time.monotonic() + patience_s
    while True:
        connection = connect()
        try:
            prepare(connection)
        except apsw.BusyError:
            connection.close()
            if time.monotonic() > give_up:
                raise
            time.sleep(_RETRY_S)
        except BaseException:
            connection.close()
            raise
        else:
            return connection
