"""What a connection to a service elsewhere can do, so that one guest may have it after another."""

from __future__ import annotations

import select
from typing import Protocol

from spinfer.inference.cancellation import Cancellation


class Connection(Protocol):
    """Guest thread, but for `close` of one that no guest holds: any."""

    def reset(self) -> bool:
        """Undo what its guest has done to the session; False where that is not certain: then close it."""
        ...

    def resume(self, cancellation: Cancellation) -> bool:
        """Serve another guest, whose cancellation this is; False where it has been lost meanwhile."""
        ...

    def close(self) -> None:
        """Does not raise."""
        ...


def is_silent(descriptor: int) -> bool:
    """Whether a socket has nothing to read: not even that the other side has closed it."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)
