"""When a guest must stop: its deadline passes or its caller cancels, and its store is interrupted.

wasmtime's epoch is used as an interrupt line, not as a metronome: it moves only when somebody has to stop.
Every running store then asks `_on_epoch` whether it is meant; those that are not run on.
"""

from __future__ import annotations

import ctypes
import itertools
import threading
import time
from functools import partial
from types import TracebackType

from wasmtime import Engine, Store, WasmtimeError
from wasmtime import _ffi as ffi

from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.endings import INTERRUPTED

_NUDGE_S = 0.02
"""How often the epoch moves while somebody who has to stop still runs: one increment can fall between a
store's question and its next deadline, and would then be missed."""

_Callback = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    ctypes.POINTER(ffi.wasmtime_context_t),
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(ctypes.c_uint8),
)
# quick calls, which keep the interpreter's lock
_set_callback = ctypes.PYFUNCTYPE(
    None, ctypes.POINTER(ffi.wasmtime_store_t), _Callback, ctypes.c_void_p, ctypes.c_void_p
)(("wasmtime_store_epoch_deadline_callback", ffi.dll))
_set_deadline = ctypes.PYFUNCTYPE(None, ctypes.POINTER(ffi.wasmtime_context_t), ctypes.c_uint64)(
    ("wasmtime_context_set_epoch_deadline", ffi.dll)
)
_CONTINUE = 0


class Watch:
    """One instance as the clock sees it. Made by `EpochClock.watch`; any thread may close it."""

    __slots__ = ("_clock", "_listening", "cancellation", "deadline_s", "due", "key", "overdue_s")

    def __init__(
        self, clock: EpochClock, key: int, cancellation: Cancellation, deadline_s: float | None
    ) -> None:
        self._clock = clock
        self._listening = cancellation.listening(partial(clock._condemn, key))
        self.key = key
        self.cancellation = cancellation
        self.deadline_s = deadline_s
        self.due = None if deadline_s is None else time.monotonic() + deadline_s
        """On the clock of `time.monotonic`; None: never, or no more."""
        self.overdue_s: float | None = None
        """The deadline, once it passed: it is why `cancellation` was cancelled."""

    def listen(self) -> None:
        """From now on a cancellation interrupts it."""
        self._listening.__enter__()

    def close(self) -> None:
        """Forget it: its store must not be entered again."""
        self._listening.__exit__(None, None, None)
        self._clock._forget(self)


class EpochClock:
    """Interrupts the stores of one wasmtime engine. Every method may be called from any thread.

    One daemon thread, started with the first deadline or cancellation, sleeps until the next of them.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keys = itertools.count(1)
        self._changed = threading.Condition()
        self._watches: dict[int, Watch] = {}
        self._condemned: set[int] = set()
        self._wakes_at: float | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._callback = _Callback(self._on_epoch)  # must live as long as any store

    def watch(self, store: Store, cancellation: Cancellation, deadline_s: float | None = None) -> Watch:
        """Interrupt `store` once `cancellation` is cancelled; cancel it when `deadline_s` has passed.

        Call it before the store is first entered, on the thread that owns the store.
        """
        watch = Watch(self, next(self._keys), cancellation, deadline_s)
        with self._changed:
            assert not self._closed, "the clock is closed"
            self._watches[watch.key] = watch
            if watch.due is not None and (self._wakes_at is None or watch.due < self._wakes_at):
                self._wake()
        _set_callback(store.ptr(), self._callback, watch.key, None)
        _set_deadline(store._context(), 1)
        # last, so that an earlier cancellation moves the epoch past the deadline just set
        watch.listen()
        return watch

    def close(self) -> None:
        """End the thread. Instances should be closed by now; those still running are interrupted no more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def __enter__(self) -> EpochClock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _on_epoch(self, _context: object, key: int, delta: object, kind: object) -> int:
        """On the guest's thread, as the epoch has moved: 0 and a new deadline, or an error to trap with."""
        watch = self._watches.get(key)
        if watch is None or watch.cancellation.cancelled:
            return ctypes.cast(WasmtimeError(INTERRUPTED)._consume(), ctypes.c_void_p).value or 0
        delta[0] = 1  # type: ignore[index]
        kind[0] = _CONTINUE  # type: ignore[index]
        return 0

    def _condemn(self, key: int) -> None:
        with self._changed:
            if key not in self._watches or self._closed:
                return
            self._condemned.add(key)
            self._wake()
        self._engine.increment_epoch()

    def _forget(self, watch: Watch) -> None:
        with self._changed:
            self._watches.pop(watch.key, None)
            self._condemned.discard(watch.key)

    def _wake(self) -> None:
        """Have the thread look again. The lock is held."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="spinfer-clock", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                late = self._take_overdue(time.monotonic())
                if not late:
                    self._sleep()
                nudge = bool(self._condemned) and not self._closed
            # outside the lock, as the listeners are strangers; emptied, so that no watch is kept alive here
            while late:
                late.pop().cancellation.cancel()
            if nudge:
                self._engine.increment_epoch()

    def _take_overdue(self, now: float) -> list[Watch]:
        late = [w for w in self._watches.values() if w.due is not None and w.due <= now]
        for watch in late:
            watch.due = None
            if not watch.cancellation.cancelled:
                watch.overdue_s = watch.deadline_s
        return late

    def _sleep(self) -> None:
        """Until the next deadline, the next nudge or a change. The lock is held before and after."""
        due = min((w.due for w in self._watches.values() if w.due is not None), default=None)
        self._wakes_at = due
        wait_s = None if due is None else max(0.0, due - time.monotonic())
        if self._condemned:
            wait_s = _NUDGE_S if wait_s is None else min(wait_s, _NUDGE_S)
        self._changed.wait(wait_s)
