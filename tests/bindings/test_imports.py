"""The host's interfaces serve the versions they are compatible with, and refuse what differs in type."""

from __future__ import annotations

import pytest
from wasmtime import Store
from wasmtime import component as wasm

from spinfer.bindings.exports import Export, instantiate
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.imports import Function, Interface, define, unmet
from spinfer.bindings.resources import Resource
from spinfer.bindings.versions import InterfaceName, compatible
from spinfer.errors import ComponentError

COMPATIBLE = [
    ("2.0.0", "2.0.5", True),
    ("2.0.0", "2.3.0", True),
    ("2.0.0", "3.0.0", False),
    ("0.2.0", "0.2.12", True),
    ("0.2.0", "0.3.0", False),
    ("0.0.1", "0.0.1", True),
    ("0.0.1", "0.0.2", False),
    ("0.2.0", "0.2.0-rc-2023-10-18", False),
    ("0.2.0-rc-2023-10-18", "0.2.0-rc-2023-10-18", True),
    ("0.2.0-rc-2023-10-18", "0.2.0-rc-2023-11-10", False),
    (None, None, True),
    (None, "2.0.0", False),
    ("2.0.0", None, False),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), COMPATIBLE)
def test_versions_stand_for_one_another(ours, theirs, expected):
    assert compatible(ours, theirs) is expected


def calling(version):
    """A guest that imports `f` of `test:pkg/host` in one version, and exports it on."""
    name = str(InterfaceName("test:pkg/host", version))
    return f"""(component
      (import "{name}" (instance $host (export "f" (func (param "x" u32) (result u32)))))
      (core func $f (canon lower (func $host "f")))
      (core module $Main (import "host" "f" (func $f (param i32) (result i32)))
        (func (export "f") (param i32) (result i32) (call $f (local.get 0))))
      (core instance $main (instantiate $Main (with "host" (instance (export "f" (func $f))))))
      (func (export "f") (param "x" u32) (result u32) (canon lift (core func $main "f"))))"""


def host(type_="func(x: u32) -> u32", versions=("1.0.0", None)):
    return Interface("test:pkg/host", versions, "test", (Function("f", type_, lambda state, x: state * x),))


@pytest.mark.parametrize("version", ["1.0.0", "1.0.7", "1.4.0", None])
def test_one_implementation_serves_every_compatible_version(program, version):
    assert program(calling(version), host()).instance(6).call("f", 7) == 42


@pytest.mark.parametrize("version", ["2.0.0", "0.1.0"])
def test_another_version_is_left_to_others(engine, version):
    component = wasm.Component(engine, calling(version))
    assert unmet(engine, component, [host()], wasi=True) == (f"test:pkg/host@{version}#f",)
    linker = wasm.Linker(engine)
    define(linker, component, [host()])
    linker.define_unknown_imports_as_traps(component)


def test_a_declaration_may_be_laid_out_freely(program):
    laid_out = host("""
        func(
            x: u32
        ) -> u32
    """)
    assert program(calling(None), laid_out).instance(1).call("f", 3) == 3


def test_another_type_is_refused_with_both_types_and_the_cure(program):
    with pytest.raises(ComponentError) as caught:
        program(calling("1.0.2"), host("func(x: u64) -> u32"))
    assert str(caught.value) == (
        "it imports `f` of `test:pkg/host@1.0.2` with a type this host does not have:\n"
        "  imported: func(x: u32) -> u32\n"
        "  expected: func(x: u64) -> u32\n"
        "  build it again with an SDK for this version of the interface"
    )


def test_an_async_import_is_refused(program):
    with pytest.raises(ComponentError, match="imported: async func"):
        program(
            """(component (import "test:pkg/host" (instance
              (export "f" (func async (param "x" u32) (result u32))))))""",
            host(),
        )


def test_a_type_that_cannot_cross_is_refused(program):
    streaming = '(component (import "test:pkg/host" (instance (export "f" (func (param "x" (stream u8)))))))'
    with pytest.raises(ComponentError, match=r"does not define: stream\n  build it with an SDK for WASI 0.2"):
        program(streaming, host("func(x: stream)"))


def test_a_function_the_interface_lacks_is_left_and_named(engine):
    component = wasm.Component(
        engine,
        """(component
          (import "test:pkg/host@1.2.0" (instance
            (export "f" (func (param "x" u32) (result u32)))
            (export "newer" (func))))
          (import "other:pkg/thing@0.1.0" (instance (export "g" (func))))
          (import "wasi:io/poll@0.2.9" (instance (export "poll" (func))))
          (import "alone" (func)))""",
    )
    expected = ("#alone", "other:pkg/thing@0.1.0#g", "test:pkg/host@1.2.0#newer")
    assert unmet(engine, component, [host()], wasi=True) == expected
    assert unmet(engine, component, [host()], wasi=False) == (*expected, "wasi:io/poll@0.2.9#poll")


def test_ours_shadow_the_traps_that_stand_in_for_what_is_missing(engine):
    component = wasm.Component(engine, calling("1.0.0"))
    linker = wasm.Linker(engine)
    linker.allow_shadowing = True
    linker.define_unknown_imports_as_traps(component)
    define(linker, component, [host()])
    store, context = Store(engine), InstanceContext({"test": 5})
    instance = instantiate(linker, store, component, context)
    assert Export(engine, component, None, "f", [host()]).call(store, instance, context, 2) == 10


def test_a_resource_that_is_not_the_hosts_is_named(program):
    text = """(component
      (import "test:pkg/foreign" (instance $foreign (export "pollable" (type (sub resource)))))
      (alias export $foreign "pollable" (type $p))
      (import "test:pkg/host" (instance
        (alias outer 1 $p (type $p))
        (export "pollable" (type $mine (eq $p)))
        (export "f" (func (param "x" (borrow $mine)))))))"""
    with pytest.raises(ComponentError, match="does not define: resource `pollable`"):
        program(text, host("func(x: borrow<pollable>)"))


def test_two_resources_of_one_name_are_two_types(engine, program):
    text = """(component
      (import "test:pkg/a" (instance $a (export "thing" (type (sub resource)))))
      (alias export $a "thing" (type $t))
      (import "test:pkg/b" (instance (alias outer 1 $t (type $t)) (export "thing" (type (eq $t))))))"""
    shared, other = Resource("thing"), Resource("thing")

    def interfaces(a, b):
        return Interface("test:pkg/a", (None,), "test", (), (a,)), Interface(
            "test:pkg/b", (None,), "test", (), (b,)
        )

    program(text, *interfaces(shared, shared)).instance()
    with pytest.raises(Exception, match="mismatch"):
        program(text, *interfaces(shared, other)).instance()
