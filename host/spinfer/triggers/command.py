"""The command trigger: runs a `wasi:cli/run` component once, as a program of this system."""

from __future__ import annotations

import logging
import threading
from typing import Final

from spinfer.bindings.traps import Exited
from spinfer.bindings.values import Ok
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import Entry
from spinfer.runtime.wasi import Wasi

ENTRY: Final = Entry("wasi:cli/run", "run", "func() -> result")
"""What a command exports: hand it to `Executor.load`."""

log = logging.getLogger(__name__)


class CommandTrigger:
    """One run of one command, on a guest thread of its own.

    The thread is a daemon: a guest that waits inside wasmtime's WASI (for a line from stdin, say) cannot be
    interrupted there, and must not keep the process from ending. After `cancel()` give `wait` a second, and
    where it answers False, end the process without further ado (`os._exit`).
    """

    def __init__(self, executor: Executor, component: str, wasi: Wasi) -> None:
        self._executor = executor
        self._component = component
        self._wasi = wasi
        self._cancellation = Cancellation()
        self._cancelling = False
        self._ended = threading.Event()
        self._failure: BaseException | None = None
        self._status = 0

    def imports(self) -> tuple[str, ...]:
        """The interfaces that the command was built against."""
        return self._executor.imports(self._component)

    def start(self) -> None:
        """Instantiate and call the guest, on its thread."""
        threading.Thread(target=self._run, name=f"spinfer-guest-{self._component}", daemon=True).start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Whether it has ended, within `timeout_s`. Signals are handled meanwhile."""
        return self._ended.wait(timeout_s)

    def cancel(self) -> None:
        """End the guest and its generation; see the class for what this cannot reach."""
        if not self._cancelling:  # a second signal may interrupt the handling of the first
            self._cancelling = True
            self._cancellation.cancel()

    def exit_code(self) -> int:
        """The guest's own, 1 where its `run` returned an error. Raises GuestTrap, or what else ended it."""
        assert self._ended.is_set(), "it has not ended"
        if self._failure is not None:
            raise self._failure
        return self._status

    def _run(self) -> None:
        try:
            self._status = self._call()
        except BaseException as failure:  # noqa: BLE001 - the thread's top: `exit_code` raises it
            self._failure = failure
        finally:
            self._ended.set()

    def _call(self) -> int:
        instance = self._executor.instantiate(
            self._component, cancellation=self._cancellation, wasi=self._wasi
        )
        with instance:
            log.debug("calling %r", instance)
            try:
                return 0 if isinstance(instance.call(), Ok) else 1
            except Exited as exited:
                return exited.status
