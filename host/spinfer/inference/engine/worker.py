"""What an engine's thread drives: work that goes on in steps, for many callers at once."""

from __future__ import annotations

from typing import Protocol, TypeVar

from spinfer.errors import InferenceError
from spinfer.inference.engine.counters import Counters


class Job(Protocol):
    """One caller's request. Its last event, in its outbox, says how it ended."""

    @property
    def ended(self) -> bool: ...

    def fail(self, error: InferenceError) -> None:
        """End it: the caller gets `error`."""
        ...


J_contra = TypeVar("J_contra", bound=Job, contravariant=True)


class Worker(Protocol[J_contra]):
    """All methods on the worker's thread, but for interrupt()."""

    @property
    def counters(self) -> Counters: ...

    @property
    def idle(self) -> bool:
        """Nothing to do until a job is added."""
        ...

    def add(self, job: J_contra) -> None: ...

    def cancel(self, job: J_contra) -> None:
        """The caller has left: forget the job, and free what it holds. One that has ended is no mistake."""
        ...

    def step(self) -> None:
        """Do a bounded amount of work."""
        ...

    def fail_all(self, reason: str) -> None:
        """End every job with InferenceFailed(reason), whatever state a step left; only close() follows."""
        ...

    def interrupt(self) -> None:
        """Any thread: let the step under way end soon, half done; only fail_all() and close() follow."""
        ...

    def close(self) -> None:
        """Free everything."""
        ...
