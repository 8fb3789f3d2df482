"""A component's exports are found, called, and end in a value, a trap or a status."""

from __future__ import annotations

import pytest
from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime import component as wasm

from spinfer.bindings.exports import Export, async_exports, find, instantiate
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.traps import Exited, Trapped


def exporting(*names):
    """A component that exports an empty `run` in each of these interfaces."""
    instances = "\n".join(
        f'(instance $i{at} (export "run" (func $run))) (export "{name}" (instance $i{at}))'
        for at, name in enumerate(names)
    )
    return f"""(component
      (core module $Main (func (export "run")))
      (core instance $main (instantiate $Main))
      (func $run (canon lift (core func $main "run")))
      {instances})"""


@pytest.mark.parametrize(
    ("exported", "series", "found"),
    [
        ("wasi:cli/run@0.2.0", "0.2", True),
        ("wasi:cli/run@0.2.12", "0.2", True),
        ("wasi:cli/run@0.2.0-rc-2023-11-10", "0.2", True),
        ("wasi:cli/run@0.3.0", "0.2", False),
        ("wasi:cli/run@0.3.0-rc-2026-03-15", "0.3", True),
        ("wasi:cli/run@0.20.0", "0.2", False),
        ("wasi:cli/runner@0.2.0", "0.2", False),
        ("wasi:cli/run", "0.2", False),
        ("wasi:cli/run", None, True),
        ("wasi:cli/run@0.2.0", None, False),
    ],
)
def test_an_export_is_found_in_its_series(engine, exported, series, found):
    component = wasm.Component(engine, exporting(exported))
    assert find(engine, component, "wasi:cli/run", series) == (exported if found else None)


def test_a_function_of_an_exported_interface_is_called(engine):
    component = wasm.Component(engine, exporting("a:b/c@1.0.0", "a:b/d"))
    linker, store, context = wasm.Linker(engine), Store(engine), InstanceContext({})
    instance = instantiate(linker, store, component, context)
    export = Export(engine, component, "a:b/c@1.0.0", "run")
    assert export.call(store, instance, context) is None
    assert export.call(store, instance, context) is None
    assert repr(export) == "<Export a:b/c@1.0.0#run: func()>"
    for missing in (("a:b/c@1.0.0", "walk"), ("a:b/x", "run"), (None, "run")):
        with pytest.raises(KeyError):
            Export(engine, component, *missing)


def test_the_wrong_number_of_arguments_is_a_mistake(engine):
    component = wasm.Component(engine, exporting("a:b/c"))
    linker, store, context = wasm.Linker(engine), Store(engine), InstanceContext({})
    instance = instantiate(linker, store, component, context)
    with pytest.raises(ValueError, match="argument"):
        Export(engine, component, "a:b/c", "run").call(store, instance, context, 1)


def test_a_resource_of_the_guests_own_cannot_cross(engine):
    component = wasm.Component(
        engine,
        """(component
          (type $secret (resource (rep i32)))
          (core func $new (canon resource.new $secret))
          (core module $Main (import "host" "new" (func $new (param i32) (result i32)))
            (func (export "make") (result i32) (call $new (i32.const 1)))
            (func (export "use") (param i32)))
          (core instance $main (instantiate $Main (with "host" (instance (export "new" (func $new))))))
          (export $mine "secret" (type $secret))
          (func (export "make") (result (own $mine)) (canon lift (core func $main "make")))
          (func (export "use") (param "x" (borrow $mine)) (canon lift (core func $main "use"))))""",
    )
    for function in ("make", "use"):
        with pytest.raises(TypeError, match="handle of `secret`, which is not the host's"):
            Export(engine, component, None, function)


def test_another_components_instance_is_refused(engine):
    one = wasm.Component(engine, exporting("a:b/c"))
    other = wasm.Component(engine, exporting("a:b/other"))
    store, context = Store(engine), InstanceContext({})
    instance = instantiate(wasm.Linker(engine), store, other, context)
    with pytest.raises(LookupError, match="another component's"):
        Export(engine, one, "a:b/c", "run").call(store, instance, context)


ASYNC = """(component
  (core module $Main
    (func (export "run") (result i32) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0)))
  (core instance $main (instantiate $Main))
  (func $run async (result u32) (canon lift (core func $main "run") async
    (callback (core func $main "callback"))))
  (instance $i (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $i)))"""


def test_async_exports_are_named(engine):
    component = wasm.Component(engine, ASYNC)
    assert async_exports(engine, component) == ("wasi:cli/run@0.3.0#run",)
    assert async_exports(engine, wasm.Component(engine, exporting("a:b/c"))) == ()


TRAPS = """(component
  (core module $Main
    (memory 1)
    (func $inner unreachable)
    (func $unreachable (export "unreachable") (call $inner))
    (func (export "bounds") (drop (i32.load (i32.const 100000000))))
    (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.const 0))))
    (func $overflow (export "overflow") (call $overflow))
    (func (export "spin") (loop $again (br $again))))
  (core instance $main (instantiate $Main))
  (func (export "unreachable") (canon lift (core func $main "unreachable")))
  (func (export "bounds") (canon lift (core func $main "bounds")))
  (func (export "divide") (canon lift (core func $main "divide")))
  (func (export "overflow") (canon lift (core func $main "overflow")))
  (func (export "spin") (canon lift (core func $main "spin"))))"""


@pytest.mark.parametrize(
    ("function", "code", "message"),
    [
        ("unreachable", "unreachable-code-reached", "wasm `unreachable` instruction executed"),
        ("bounds", "memory-out-of-bounds", "out of bounds memory access"),
        ("divide", "integer-division-by-zero", "integer divide by zero"),
        ("overflow", "stack-overflow", "call stack exhausted"),
    ],
)
def test_a_trap_has_a_code_a_sentence_and_frames(program, function, code, message):
    with pytest.raises(Trapped) as caught:
        program(TRAPS).instance().call(function)
    assert (caught.value.code, caught.value.message) == (code, message)
    assert str(caught.value) == message
    assert caught.value.frames
    assert all(frame.startswith("Main!") for frame in caught.value.frames)


def test_frames_are_innermost_first(program):
    with pytest.raises(Trapped) as caught:
        program(TRAPS).instance().call("unreachable")
    assert caught.value.frames == ("Main!inner", "Main!unreachable")


def test_a_deadline_is_an_interrupt():
    config = Config()
    config.epoch_interruption = True
    engine = Engine(config)
    component = wasm.Component(engine, TRAPS)
    store, context = Store(engine), InstanceContext({})
    store.set_epoch_deadline(1)
    instance = instantiate(wasm.Linker(engine), store, component, context)
    engine.increment_epoch()
    with pytest.raises(Trapped) as caught:
        Export(engine, component, None, "spin").call(store, instance, context)
    assert caught.value.code == "interrupt"


EXITING = """(component
  (import "wasi:cli/exit@0.2.0" (instance $exit (export "exit" (func (param "status" (result))))))
  (core func $exit (canon lower (func $exit "exit")))
  (core module $Main (import "host" "exit" (func $exit (param i32)))
    (func (export "go") (param i32) (call $exit (local.get 0))))
  (core instance $main (instantiate $Main (with "host" (instance (export "exit" (func $exit))))))
  (func (export "go") (param "bad" bool) (canon lift (core func $main "go"))))"""


@pytest.mark.parametrize(("bad", "status"), [(False, 0), (True, 1)])
def test_exiting_through_wasi_gives_the_status(engine, bad, status):
    component = wasm.Component(engine, EXITING)
    linker, store, context = wasm.Linker(engine), Store(engine), InstanceContext({})
    linker.add_wasip2()
    store.set_wasi(WasiConfig())
    instance = instantiate(linker, store, component, context)
    with pytest.raises(Exited) as caught:
        Export(engine, component, None, "go").call(store, instance, context, bad)
    assert caught.value.status == status


def test_post_return_runs_after_every_call(program):
    counting = program("""(component
      (core module $Main
        (global $n (mut i32) (i32.const 0))
        (func (export "count") (result i32) (global.get $n))
        (func (export "after") (param i32) (global.set $n (i32.add (global.get $n) (i32.const 1)))))
      (core instance $main (instantiate $Main))
      (func (export "count") (result u32)
        (canon lift (core func $main "count") (post-return (core func $main "after")))))""").instance()
    assert [counting.call("count") for _ in range(4)] == [0, 1, 2, 3]


def test_an_import_nobody_serves_is_an_error_of_instantiation(engine):
    component = wasm.Component(engine, EXITING)
    with pytest.raises(Trapped, match="wasi:cli/exit"):
        instantiate(wasm.Linker(engine), Store(engine), component, InstanceContext({}))
