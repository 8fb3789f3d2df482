"""What a host function raises reaches whoever entered the guest: that very object, on that very thread."""

from __future__ import annotations

import threading

import pytest

from spinfer.bindings import hostcall
from spinfer.bindings.hostcall import current
from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.traps import Exited, Trapped
from spinfer.bindings.types import Scalar

FAILING = """(component
  (import "test:pkg/host@1.0.0" (instance $host (export "act" (func (param "x" u32) (result u32)))))
  (core func $act (canon lower (func $host "act")))
  (core module $Main
    (import "host" "act" (func $act (param i32) (result i32)))
    (func $inner (param i32) (result i32) (call $act (local.get 0)))
    (func (export "act") (param i32) (result i32) (call $inner (local.get 0))))
  (core instance $main (instantiate $Main (with "host" (instance (export "act" (func $act))))))
  (func (export "act") (param "x" u32) (result u32) (canon lift (core func $main "act"))))"""

ACT = Interface(
    "test:pkg/host",
    ("1.0.0",),
    "test",
    (Function("act", "func(x: u32) -> u32", lambda state, x: state(x)),),
)


def raising(error):
    def act(_):
        raise error

    return act


@pytest.fixture(scope="module")
def acting(program):
    return program(FAILING, ACT)


@pytest.mark.parametrize(
    "error", [ValueError("mine"), KeyboardInterrupt(), SystemExit(3), GeneratorExit()], ids=repr
)
def test_the_very_exception_reaches_the_caller(acting, error):
    running = acting.instance(raising(error))
    with pytest.raises(type(error)) as caught:
        running.call("act", 1)
    assert caught.value is error
    assert running.context.failure is None
    assert (
        "raising" in "".join(frame.name for frame in caught.traceback) or caught.traceback[-1].name == "act"
    )


def test_an_instance_that_failed_is_not_entered_again_and_others_are(acting):
    running = acting.instance(raising(ValueError("mine")))
    with pytest.raises(ValueError, match="mine"):
        running.call("act", 1)
    with pytest.raises(Trapped, match="cannot enter component instance"):
        running.call("act", 1)
    assert acting.instance(lambda x: x + 1).call("act", 1) == 2


def test_eight_threads_each_get_their_own_exceptions(acting):
    class Mine(Exception):
        pass

    wrong, right = [], []

    def work(thread):
        for at in range(1000):
            error = Mine(thread, at)
            try:
                value = acting.instance(raising(error) if at % 2 else lambda x: x + 1).call("act", at)
            except Exception as caught:  # noqa: BLE001 - whatever it is, it must be this one
                (right if caught is error else wrong).append(caught)
            else:
                (wrong if at % 2 else right).append(value)

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(right) == 8000


def test_a_trap_of_the_hosts_making_carries_the_guests_frames(acting):
    with pytest.raises(Trapped) as caught:
        acting.instance(raising(Trapped("resource has children"))).call("act", 1)
    assert caught.value.message == "resource has children"
    assert caught.value.code is None
    assert caught.value.frames == ("Main!inner", "Main!function 2")


def test_a_host_function_may_end_the_guest_with_a_status(acting):
    with pytest.raises(Exited) as caught:
        acting.instance(raising(Exited(7))).call("act", 1)
    assert caught.value.status == 7


def test_guests_nest_on_one_thread(acting):
    inner = acting.instance(lambda x: current().states["test"] and x * 10)
    outer = acting.instance(lambda x: inner.call("act", x) + (current() is outer.context))
    assert outer.call("act", 4) == 41


def test_a_failure_inside_a_nested_guest_can_be_handled_by_the_host(acting):
    inner = acting.instance(raising(ValueError("inner")))

    def act(x):
        with pytest.raises(ValueError, match="inner"):
            inner.call("act", x)
        return x

    assert acting.instance(act).call("act", 5) == 5


def test_what_the_host_raises_while_instantiating_reaches_the_caller(engine, program):
    starting = program(
        """(component
          (import "test:pkg/host@1.0.0" (instance $host (export "act" (func (param "x" u32) (result u32)))))
          (core func $act (canon lower (func $host "act")))
          (core module $Main
            (import "host" "act" (func $act (param i32) (result i32)))
            (func $start (drop (call $act (i32.const 1))))
            (start $start))
          (core instance $main (instantiate $Main (with "host" (instance (export "act" (func $act)))))))""",
        ACT,
    )
    error = ValueError("not yet")
    with pytest.raises(ValueError, match="not yet") as caught:
        starting.instance(raising(error))
    assert caught.value is error
    assert starting.instance(lambda x: x).context.failure is None


def test_outside_any_instance_there_is_no_current_one(acting):
    with pytest.raises(LookupError):
        current()
    running = acting.instance(lambda x: x)
    assert running.call("act", 1) == 1
    with pytest.raises(LookupError):
        current()


def test_a_host_call_outside_any_instance_traps_and_says_so(acting):
    running = acting.instance(lambda x: x)
    function = running.instance.get_func(running.store, "act")
    with pytest.raises(Exception, match="called outside any instance"):
        function(running.store, 1)


def test_a_result_where_there_is_none_is_a_mistake(program):
    silent = program(
        """(component
          (import "test:pkg/host@1.0.0" (instance $host (export "act" (func))))
          (core func $act (canon lower (func $host "act")))
          (core module $Main (import "host" "act" (func $act)) (func (export "act") (call $act)))
          (core instance $main (instantiate $Main (with "host" (instance (export "act" (func $act))))))
          (func (export "act") (canon lift (core func $main "act"))))""",
        Interface("test:pkg/host", ("1.0.0",), "test", (Function("act", "func()", lambda state: state()),)),
    )
    assert silent.instance(lambda: None).call("act") is None
    with pytest.raises(TypeError, match="expected no result") as caught:
        silent.instance(lambda: 3).call("act")
    assert "test:pkg/host@1.0.0#act" in caught.value.__notes__[0]


def test_a_callback_is_forgotten_with_its_linker(program):
    before = set(hostcall._calls)
    linked = program(FAILING, ACT)
    running = linked.instance(lambda x: x)
    (number,) = set(hostcall._calls) - before
    linked.linker.close()
    assert running.call("act", 2) == 2, "an instance keeps its linker's functions alive"
    running.store.close()
    assert number not in hostcall._calls


def test_an_echo_of_a_number_uses_the_states_of_its_own_instance(echo):
    program = echo(Scalar.U32)
    first, second = program.instance(lambda x: x + 1), program.instance(lambda x: x + 2)
    assert [first.call("echo", 1), second.call("echo", 1), first.call("echo", 1)] == [2, 3, 2]
