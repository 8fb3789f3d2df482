"""What surrounds every host function: which instance is calling, and what becomes of an exception.

wasmtime calls us back on the thread that entered the guest, so a stack per thread knows the instance. No
exception ever passes through wasmtime: it is kept on the instance's context, the guest is trapped with a
plain error, and whoever entered the guest raises that very exception.

Guests belong on threads of their own: where signal handlers raise (Ctrl-C, on the main thread), one may do so
just before our first line, and nothing could keep that exception.
"""

from __future__ import annotations

import ctypes
import itertools
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from spinfer.bindings import layout, lifting, lowering, traps
from spinfer.bindings.resources import Resources
from spinfer.bindings.types import FunctionType

HostCall = Callable[[int, int, int], None]
"""call(store, address of the arguments' cells, address of the result's cell)"""


class InstanceContext:
    """One guest instance, as its host functions see it. Belongs to its guest thread.

    `states` maps a factor's name to what that factor keeps for this instance.
    """

    __slots__ = ("failure", "resources", "states")

    def __init__(self, states: Mapping[str, object], resources: Resources | None = None) -> None:
        self.states = states
        self.resources = Resources() if resources is None else resources
        self.failure: BaseException | None = None

    def entered(self) -> AbstractContextManager[InstanceContext]:
        """Around every call into the guest; instances nest where one guest calls another on one thread."""
        return _Entered(self)

    def take_failure(self) -> BaseException | None:
        """What a host function raised since the last time, if anything."""
        failure, self.failure = self.failure, None
        return failure

    def close(self) -> None:
        """Drop the handles that are left. Closing twice is no mistake."""
        self.resources.close()


class _Entered:
    __slots__ = ("_context",)

    def __init__(self, context: InstanceContext) -> None:
        self._context = context

    def __enter__(self) -> InstanceContext:
        _thread.entered.append(self._context)
        return self._context

    def __exit__(self, *_raised: object) -> None:
        _thread.entered.pop()


class _Thread(threading.local):
    def __init__(self) -> None:
        self.entered: list[InstanceContext] = []


_thread = _Thread()


def current() -> InstanceContext:
    """The instance that this thread entered last. Raises LookupError when it is in none."""
    try:
        return _thread.entered[-1]
    except IndexError:
        raise LookupError("no guest instance is entered on this thread") from None


def borrowed(rep: int) -> Any:  # noqa: ANN401 - its kind was checked when the handle crossed
    """The object behind a handle of the current instance, whose guest keeps it."""
    return _thread.entered[-1].resources.borrow(rep)


def taken(rep: int) -> Any:  # noqa: ANN401 - its kind was checked when the handle crossed
    """The object behind a handle that the current instance's guest gave away."""
    return _thread.entered[-1].resources.take(rep)


def compiled(function: str, type_: FunctionType, factor: str, call: Callable[..., object]) -> HostCall:
    """The host function `call(state, *arguments)` with its converters; `function` names it in messages."""
    lift = lifting.arguments(tuple(part for _, part in type_.parameters)) if type_.parameters else None
    lower = _no_result if type_.result is None else lowering.lowerer(type_.result)

    def host_call(store: int, arguments: int, result: int) -> None:
        state = _thread.entered[-1].states[factor]
        value = call(state) if lift is None else call(state, *lift(arguments, store))
        try:
            lower(value, result, store)
        except Exception as failure:
            failure.add_note(f"while converting what the host returns from {function}, of type {type_}")
            raise

    return host_call


def _no_result(value: object, _result: int, _store: int) -> None:
    if value is not None:
        raise TypeError(f"expected no result, got {value!r:.60}")


# wasmtime keeps only a number for each callback. These tables and the thunks below outlive every linker, also
# while the interpreter shuts down, when modules are taken apart before wasmtime's objects are.
_numbers = itertools.count(1)
_calls: dict[int, HostCall] = {}


def _host_function(
    data: int, store: int, _type: int, arguments: int, _count: int, results: int, _results: int
) -> int:
    try:
        _calls[data](store, arguments, results)
    except BaseException as failure:  # noqa: BLE001 - nothing may unwind through wasmtime
        return _keep(failure)
    return 0


def _destructor(_data: int, _store: int, rep: int) -> int:
    try:
        current().resources.drop(rep)
    except BaseException as failure:  # noqa: BLE001 - nothing may unwind through wasmtime
        return _keep(failure)
    return 0


def _forget(data: int, calls: dict[int, HostCall] = _calls) -> None:
    calls.pop(data, None)


def _keep(failure: BaseException) -> int:
    """Keep the exception for the caller; the error that traps the guest says only that there was one."""
    try:
        context = current()
    except LookupError:
        return layout.new_error(f"a host function was called outside any instance: {failure!r}".encode())
    if context.failure is None:
        context.failure = failure
    return layout.new_error(b"a host function failed")


_FUNCTION = layout.HOST_FUNCTION(_host_function)
_DESTRUCTOR = layout.DESTRUCTOR(_destructor)
_FINALIZER = layout.FINALIZER(_forget)
for _thunk in (_FUNCTION, _DESTRUCTOR, _FINALIZER):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_thunk))


def add_function(linker_instance: int, name: str, call: HostCall) -> None:
    """Define a function in the linker's instance at that address. Raises Trapped if the linker refuses."""
    number = next(_numbers)
    _calls[number] = call
    raw = name.encode()
    _check(layout.add_function(linker_instance, raw, len(raw), _FUNCTION, number, _FINALIZER))


def add_resource(linker_instance: int, name: str, type_: int) -> None:
    """Define a resource type in the linker's instance; its handles live in `Resources`."""
    raw = name.encode()
    _check(layout.add_resource(linker_instance, raw, len(raw), type_, _DESTRUCTOR, 0, _FINALIZER))


def _check(error: int) -> None:
    if error:
        raise traps.from_error(error)
