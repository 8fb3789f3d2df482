"""A guest with one export for each way to end, and the factor whose functions it calls."""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from spinfer.bindings.imports import Function, Interface
from spinfer.errors import Cancelled
from spinfer.factors.base import Guest

PROBE = b"""
(component
  (import "test:probe/host@1.0.0" (instance $host
    (export "wait" (func)) (export "fail" (func)) (export "add" (func (param "n" u32) (result u32)))))
  (import "test:nobody/home@0.1.0" (instance $nobody
    (export "thing" (type (sub resource)))
    (export "door" (func (param "n" u32)))))
  (import "test:nobody/shapes@0.1.0" (instance (export "shape" (type (sub resource)))))
  (core func $wait (canon lower (func $host "wait")))
  (core func $fail (canon lower (func $host "fail")))
  (core func $add (canon lower (func $host "add")))
  (core func $door (canon lower (func $nobody "door")))
  (core module $m
    (import "host" "wait" (func $wait))
    (import "host" "fail" (func $fail))
    (import "host" "add" (func $add (param i32) (result i32)))
    (import "host" "door" (func $door (param i32)))
    (memory 2)
    (global $calls (mut i32) (i32.const 0))
    (func $again (export "endless") call $again)
    (func (export "forever") (loop $l (br $l)))
    (func (export "boom") unreachable)
    (func (export "outside") (drop (i32.load (i32.const 0x7fffffff))))
    (func (export "wait") call $wait)
    (func (export "fail") call $fail)
    (func (export "door") (call $door (i32.const 1)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "add") (param i32) (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (i32.add (call $add (local.get 0)) (i32.const 0)))
    (func (export "calls") (result i32)
      (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (global.get $calls)))
  (core instance $i (instantiate $m (with "host" (instance
    (export "wait" (func $wait)) (export "fail" (func $fail)) (export "add" (func $add))
    (export "door" (func $door))))))
  (func (export "endless") (canon lift (core func $i "endless")))
  (func (export "forever") (canon lift (core func $i "forever")))
  (func (export "boom") (canon lift (core func $i "boom")))
  (func (export "outside") (canon lift (core func $i "outside")))
  (func (export "wait") (canon lift (core func $i "wait")))
  (func (export "fail") (canon lift (core func $i "fail")))
  (func (export "door") (canon lift (core func $i "door")))
  (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $i "grow")))
  (func (export "add") (param "n" u32) (result u32) (canon lift (core func $i "add")))
  (func (export "calls") (result u32) (canon lift (core func $i "calls"))))
"""


@dataclass
class State:
    """What the probe keeps for one instance."""

    guest: Guest
    total: int = 0


@dataclass
class ProbeFactor:
    """Counts its states; `add` adds to a number that each instance has for itself."""

    name: str = "probe"
    configured: set[str] = field(default_factory=set)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)
    failure: Exception = field(default_factory=lambda: ZeroDivisionError("ours"))

    def interfaces(self) -> Sequence[Interface]:
        functions = (
            Function("wait", "func()", self._wait),
            Function("fail", "func()", self._fail),
            Function("add", "func(n: u32) -> u32", self._add),
        )
        return (Interface("test:probe/host", ("1.0.0",), self.name, functions),)

    def configure(self, components: Collection[str]) -> None:
        self.configured = set(components)

    @contextmanager
    def prepare(self, guest: Guest) -> Iterator[State]:
        self.opened.append(guest.component)
        try:
            yield State(guest)
        finally:
            self.closed.append(guest.component)

    def _wait(self, state: State) -> None:
        """As a call to a model waits: until the instance is cancelled."""
        heard = threading.Event()
        with state.guest.cancellation.listening(heard.set):
            self.waiting.set()
            heard.wait()
        raise Cancelled

    def _fail(self, state: State) -> None:
        raise self.failure

    def _add(self, state: State, n: int) -> int:
        state.total += n
        return state.total
