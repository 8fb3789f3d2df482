"""Interrupting stores: who must stop stops, and nobody else notices."""

import threading
from collections.abc import Iterator

import pytest
from wasmtime import Store, WasmtimeError
from wasmtime.component import Component, Func, Linker

import leftovers
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.clock import EpochClock, Watch
from spinfer.runtime.compiler import Compiler

GUEST = """
(component
  (core module $m
    (func (export "forever") (loop $l (br $l)))
    (func (export "count") (param $n i32) (result i32) (local $i i32)
      (loop $l
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get $i) (local.get $n))))
      (local.get $i)))
  (core instance $i (instantiate $m))
  (func (export "forever") (canon lift (core func $i "forever")))
  (func (export "count") (param "n" u32) (result u32) (canon lift (core func $i "count"))))
"""


@pytest.fixture(scope="module")
def guest(compiler: Compiler) -> Component:
    return Component(compiler.engine, GUEST)


@pytest.fixture
def clock(compiler: Compiler) -> Iterator[EpochClock]:
    with EpochClock(compiler.engine) as clock:
        yield clock


class Running:
    """A watched store with one instance of the guest."""

    def __init__(self, clock: EpochClock, guest: Component, deadline_s: float | None = None) -> None:
        self.store = Store(clock._engine)
        self.cancellation = Cancellation()
        self.watch: Watch = clock.watch(self.store, self.cancellation, deadline_s)
        self._instance = Linker(clock._engine).instantiate(self.store, guest)

    def call(self, name: str, *args: int) -> object:
        func: Func | None = self._instance.get_func(self.store, name)
        assert func is not None
        return func(self.store, *args)

    def close(self) -> None:
        self.watch.close()
        self.store.close()


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_a_loop_past_its_deadline_is_interrupted(clock: EpochClock, guest: Component) -> None:
    running = Running(clock, guest, deadline_s=0.05)
    with pytest.raises(WasmtimeError, match="interrupted"):
        running.call("forever")
    assert running.watch.overdue_s is not None
    assert running.cancellation.cancelled
    running.close()


def test_cancelling_from_another_thread_interrupts(clock: EpochClock, guest: Component) -> None:
    running = Running(clock, guest)
    timer = threading.Timer(0.03, running.cancellation.cancel)
    timer.start()
    with pytest.raises(WasmtimeError, match="interrupted"):
        running.call("forever")
    timer.join()
    assert running.watch.overdue_s is None
    running.close()


def test_a_cancellation_before_the_start_counts(clock: EpochClock, guest: Component) -> None:
    store, cancellation = Store(clock._engine), Cancellation()
    cancellation.cancel()
    watch = clock.watch(store, cancellation)
    instance = Linker(clock._engine).instantiate(store, guest)
    forever = instance.get_func(store, "forever")
    assert forever is not None
    with pytest.raises(WasmtimeError, match="interrupted"):
        forever(store)
    watch.close()
    store.close()


def test_others_run_on_while_one_is_stopped(clock: EpochClock, guest: Component) -> None:
    innocent, guilty = Running(clock, guest), Running(clock, guest)
    answers: list[object] = []
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            answers.append(innocent.call("count", 1_000_000))
        answers.append(innocent.call("count", 1_000_000))

    counting = threading.Thread(target=count)
    counting.start()
    guilty.cancellation.cancel()
    with pytest.raises(WasmtimeError, match="interrupted"):
        guilty.call("forever")
    done.set()
    counting.join()
    assert set(answers) == {1_000_000}
    innocent.close()
    guilty.close()


def test_the_earliest_deadline_wakes_the_clock(clock: EpochClock, guest: Component) -> None:
    late, early = Running(clock, guest, deadline_s=3600), Running(clock, guest, deadline_s=0.02)
    with pytest.raises(WasmtimeError, match="interrupted"):
        early.call("forever")
    assert late.watch.overdue_s is None
    assert late.call("count", 7) == 7
    late.close()
    early.close()


def test_a_deadline_hears_whoever_waits(clock: EpochClock, guest: Component) -> None:
    """What a host call sees that blocks on a model: its cancellation, at the deadline."""
    running, heard = Running(clock, guest, deadline_s=0.02), threading.Event()
    with running.cancellation.listening(heard.set):
        assert heard.wait(10)
    assert running.watch.overdue_s is not None
    running.close()


def test_a_closed_watch_is_forgotten(clock: EpochClock, guest: Component) -> None:
    running = Running(clock, guest, deadline_s=3600)
    running.close()
    assert not clock._watches
    running.cancellation.cancel()
    assert not clock._condemned


def test_no_deadline_and_no_cancellation_needs_no_thread(compiler: Compiler, guest: Component) -> None:
    before = leftovers.threads()
    with EpochClock(compiler.engine) as clock:
        running = Running(clock, guest)
        assert running.call("count", 5) == 5
        assert leftovers.threads() <= before
        running.close()


def test_closing_ends_the_thread(compiler: Compiler, guest: Component) -> None:
    clock = EpochClock(compiler.engine)
    running = Running(clock, guest, deadline_s=3600)
    assert "spinfer-clock" in threads()
    running.close()
    thread = clock._thread
    assert thread is not None
    clock.close()
    assert not thread.is_alive()
    clock.close()
