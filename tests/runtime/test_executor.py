"""Guests through the real host: loading, linking, calling, and every way to end."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakes.wat_run_probe import PROBE, ProbeFactor
from spinfer.errors import (
    ComponentError,
    GuestCancelled,
    GuestDeadline,
    GuestOutOfMemory,
    GuestTrap,
)
from spinfer.inference.cancellation import Cancellation
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.limits import Limits
from spinfer.runtime.loader import ComponentFile, Entry

PAGE = 65536
TYPES = {
    "grow": "func(pages: u32) -> s32",
    "add": "func(n: u32) -> u32",
    "calls": "func() -> u32",
}

Load = Callable[..., Executor]


@pytest.fixture
def factor() -> ProbeFactor:
    return ProbeFactor()


@pytest.fixture
def load(compiler: Compiler, factor: ProbeFactor, tmp_path: Path) -> Load:
    """An executor that calls one function of the probe, as component `web`."""
    path = tmp_path / "probe.wat"
    path.write_bytes(PROBE)

    def load(function: str, **limits: float) -> Executor:
        executor = Executor(compiler, [factor], limits=Limits(**limits))  # type: ignore[arg-type]
        executor.load([ComponentFile("web", path)], [Entry(None, function, TYPES.get(function, "func()"))])
        return executor

    return load


def end_of(executor: Executor, *arguments: object) -> BaseException:
    with executor.instantiate("web") as instance, pytest.raises(BaseException) as caught:
        instance.call(*arguments)
    return caught.value


def test_a_call_answers(load: Load) -> None:
    with load("add").instantiate("web") as instance:
        assert instance.call(40) == 40
        assert instance.call(2) == 42


def test_every_instance_is_fresh(load: Load) -> None:
    executor = load("calls")
    for _ in range(3):
        with executor.instantiate("web") as instance:
            assert instance.call() == 1


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("boom", "gave up"),
        ("endless", "call stack is exhausted"),
        ("outside", "memory outside its own"),
        ("door", "it called `test:nobody/home@0.1.0#door`, which spinfer does not provide"),
    ],
)
def test_a_trap_names_component_and_function(load: Load, function: str, reason: str) -> None:
    end = end_of(load(function))
    assert type(end) is GuestTrap
    assert (end.component, end.function) == ("web", function)
    assert reason in end.reason
    assert "function " in end.backtrace or "again" in end.backtrace


def test_the_backtrace_goes_to_the_debug_log(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "spinfer.runtime.instance"):
        end_of(load("endless"))
    assert "trapped in `endless`" in caplog.text
    assert "m!again" in caplog.text


def test_imports_that_nobody_serves_are_named_once(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "spinfer.runtime.linking"):
        executor = load("calls")
        for _ in range(2):
            executor.instantiate("web").close()
    assert [r.message for r in caplog.records if "test:nobody/home@0.1.0#door" in r.message] == [
        caplog.messages[0]
    ]


def test_what_a_host_function_raises_arrives_as_it_is(load: Load, factor: ProbeFactor) -> None:
    assert end_of(load("fail")) is factor.failure


def test_a_loop_past_its_deadline(load: Load) -> None:
    end = end_of(load("forever", deadline_s=0.05))
    assert type(end) is GuestDeadline
    assert (end.component, end.function) == ("web", "forever")


def test_a_deadline_while_a_host_call_waits(load: Load, factor: ProbeFactor) -> None:
    for deadline_s in (0.05, 0.5, 5.0, 50.0):  # until it suffices to come as far as the host call
        assert type(end_of(load("wait", deadline_s=deadline_s))) is GuestDeadline
        if factor.waiting.is_set():
            break
    assert factor.waiting.is_set()


@pytest.mark.parametrize("function", ["forever", "wait"])
def test_cancelling_from_another_thread(load: Load, function: str) -> None:
    executor = load(function)
    with executor.instantiate("web") as instance:
        threading.Timer(0.03, instance.cancel).start()
        with pytest.raises(GuestCancelled, match="its caller went away"):
            instance.call()


def test_a_caller_that_left_before_the_start(load: Load) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    executor = load("forever")
    with executor.instantiate("web", cancellation=cancellation) as instance, pytest.raises(GuestCancelled):
        instance.call()


def test_memory_beyond_the_limit_is_not_granted(load: Load) -> None:
    with load("grow", memory_bytes=4 * PAGE).instantiate("web") as instance:
        assert instance.call(2) == 2
        assert instance.call(1) == -1


def test_a_guest_that_starts_too_big_is_out_of_memory(load: Load) -> None:
    with pytest.raises(GuestOutOfMemory, match="trapped in `instantiation`: out of memory"):
        load("grow", memory_bytes=PAGE).instantiate("web")


def test_a_guest_with_too_many_parts(load: Load) -> None:
    with pytest.raises(GuestTrap, match=r"more than it is granted: .*memory count"):
        load("grow", memories=0).instantiate("web")


def test_states_are_closed_whatever_happens(load: Load, factor: ProbeFactor, compiler: Compiler) -> None:
    with load("add").instantiate("web") as instance:
        instance.call(1)
        instance.call(1)
    instance.close()
    with load("fail").instantiate("web") as instance, pytest.raises(ZeroDivisionError):
        instance.call()
    assert factor.opened == factor.closed == ["web"] * 2
    assert not compiler.clock._watches


def test_a_guest_that_calls_no_factor_has_no_state_of_it(
    load: Load, factor: ProbeFactor, compiler: Compiler
) -> None:
    with load("calls").instantiate("web") as instance:
        instance.call()
    with load("boom").instantiate("web") as instance, pytest.raises(GuestTrap):
        instance.call()
    with pytest.raises(GuestOutOfMemory):
        load("grow", memory_bytes=PAGE).instantiate("web")
    assert factor.opened == factor.closed == []
    assert not compiler.clock._watches


def test_factors_learn_which_components_there_are(load: Load, factor: ProbeFactor) -> None:
    load("calls")
    assert factor.configured == {"web"}


def test_every_unusable_component_is_listed(compiler: Compiler, tmp_path: Path) -> None:
    files = [ComponentFile("one", tmp_path / "1.wasm"), ComponentFile("two", tmp_path / "2.wasm")]
    with pytest.raises(ComponentError) as caught:
        Executor(compiler, []).load(files, [Entry("wasi:cli/run", "run", "func() -> result")])
    assert [problem.where for problem in caught.value.problems] == [str(file.path) for file in files]


def test_an_import_of_another_shape_is_refused(
    compiler: Compiler, factor: ProbeFactor, tmp_path: Path
) -> None:
    path = tmp_path / "odd.wat"
    path.write_bytes(
        PROBE.replace(b'(param "n" u32) (result u32)))))', b'(param "n" u32) (result s32)))))', 1)
    )
    with pytest.raises(ComponentError) as caught:
        Executor(compiler, [factor]).load(
            [ComponentFile("web", path)], [Entry(None, "calls", "func() -> u32")]
        )
    assert "component `web` cannot be linked" in str(caught.value)
    assert "func(n: u32) -> s32" in str(caught.value)
    assert "func(n: u32) -> u32" in str(caught.value)


def test_wasi_of_another_shape_is_refused(compiler: Compiler, tmp_path: Path) -> None:
    path = tmp_path / "odd.wat"
    path.write_bytes(b"""(component
      (import "wasi:cli/environment@0.2.0" (instance (export "get-arguments" (func (result u32)))))
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))""")
    with pytest.raises(ComponentError, match=r"cannot be linked: .*wasi:cli/environment.*get-arguments"):
        Executor(compiler, [], host_wasi=True).load(
            [ComponentFile("web", path)], [Entry(None, "f", "func()")]
        )


def test_threads_do_not_meet(load: Load) -> None:
    """8 threads × 50 calls, each in an instance of its own with a state of its own."""
    executor = load("add")

    def ask(number: int) -> bool:
        with executor.instantiate("web") as instance:
            return (instance.call(number), instance.call(1)) == (number, number + 1)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))
