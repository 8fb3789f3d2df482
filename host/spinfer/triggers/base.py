"""What a trigger is: the world calls a guest."""

from __future__ import annotations

from typing import Protocol


class Trigger(Protocol):
    """One way in. The thread that starts it, usually the main one, is free to wait for signals meanwhile."""

    def start(self) -> None:
        """Begin to serve, on threads of its own. Raises OperatorError; then nothing has begun."""
        ...

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until it has ended (True), or `timeout_s` has passed (False)."""
        ...

    def cancel(self) -> None:
        """Ask it to end: guests are interrupted, generations stopped. Returns at once, any thread, any time.

        A signal handler may call it, and call it again.
        """
        ...

    def exit_code(self) -> int:
        """What the process should exit with, once it has ended. Raises what ended it: GuestTrap, or a bug."""
        ...
