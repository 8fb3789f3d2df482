"""One guest instance: a store, the factors' states, the calls, the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

from wasmtime import Store
from wasmtime.component import Instance as Handle

from spinfer.bindings.exports import Export
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.resources import Resources
from spinfer.errors import GuestTrap
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.clock import Watch
from spinfer.runtime.endings import ending

log = logging.getLogger(__name__)


class Instance:
    """One running guest. It belongs to the thread that made it; `cancel` alone may come from any other.

    Use it in a `with` block: leaving it closes the handles the guest still holds, the factors' states and the
    store, in that order.
    """

    def __init__(
        self,
        component: str,
        export: Export,
        *,
        store: Store,
        handle: Handle,
        context: InstanceContext,
        watch: Watch,
        ends: list[Callable[[], None]],
    ) -> None:
        """`ends`: what is to be called in the end, last first."""
        self.component = component
        self._export = export
        self._store = store
        self._handle = handle
        self._context = context
        self._watch = watch
        self._ends = ends

    def __repr__(self) -> str:
        return f"<Instance of {self.component}: {self._export.name}>"

    def call(self, *arguments: object) -> object:
        """Call the entry; arguments and result as `bindings.values` shapes them.

        Raises GuestTrap and its kinds, Exited, or whatever a host function raised that is nobody's but ours.
        After any of these the instance cannot be called again.
        """
        try:
            return self._export.call(self._store, self._handle, self._context, *arguments)
        except BaseException as failure:  # noqa: BLE001 - `ended` raises it again, or what it means
            ended(failure, self.component, self._export.name, self._watch)

    def cancel(self) -> None:
        """End the guest and whatever it waits for. Any thread; returns at once."""
        self._watch.cancellation.cancel()

    @property
    def cancellation(self) -> Cancellation:
        return self._watch.cancellation

    @property
    def resources(self) -> Resources:
        """The handles it holds: whoever calls it with a handle puts it there first."""
        return self._context.resources

    def close(self) -> None:
        """On the instance's own thread. Closing twice is no mistake."""
        end(self._ends)

    def __enter__(self) -> Instance:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def end(ends: list[Callable[[], None]]) -> None:
    """Call them, last first, each once, also where one raises."""
    try:
        while ends:
            ends.pop()()
    finally:
        if ends:
            end(ends)


def ended(failure: BaseException, component: str, function: str, watch: Watch) -> NoReturn:
    """Raise what `failure` means. The guest's own stack goes to the debug log."""
    end = ending(failure, component, function, overdue_s=watch.overdue_s)
    if isinstance(end, GuestTrap) and end.backtrace:
        log.debug("%s\n%s", end, end.backtrace)
    if end is failure:
        raise failure
    raise end from failure
