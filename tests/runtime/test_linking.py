"""What is linked besides the factors: wasmtime's WASI in any patch version, and no way to the network."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from spinfer.bindings.hostcall import current
from spinfer.bindings.imports import Function, Interface
from spinfer.bindings.resources import Resource
from spinfer.errors import GuestTrap
from spinfer.factors.base import Guest
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry
from spinfer.runtime.wasi import Wasi

MEMORY = """
  (core module $Memory
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.set $free (i32.and (i32.add (global.get $free) (i32.add (local.get $size) (i32.const 15)))
                                 (i32.const -8)))
      (i32.and (i32.sub (global.get $free) (local.get $size)) (i32.const -8))))
  (core instance $memory (instantiate $Memory))
"""


def executor(compiler: Compiler, tmp_path: Path, wat: str, type_: str, *, host_wasi: bool) -> Executor:
    path = tmp_path / "app.wat"
    path.write_text(wat)
    executor = Executor(compiler, [], host_wasi=host_wasi)
    executor.load([ComponentFile("app", path)], [Entry(None, "f", type_)])
    return executor


def counting_arguments(version: str) -> str:
    return f"""(component
      (import "wasi:cli/environment@{version}" (instance $e
        (export "get-arguments" (func (result (list string))))))
      {MEMORY}
      (core func $get (canon lower (func $e "get-arguments")
        (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
      (core module $p
        (import "h" "get" (func $get (param i32))) (import "m" "memory" (memory 1))
        (func (export "f") (result i32) (call $get (i32.const 8)) (i32.load (i32.const 12))))
      (core instance $p (instantiate $p (with "m" (instance $memory))
        (with "h" (instance (export "get" (func $get))))))
      (func (export "f") (result u32) (canon lift (core func $p "f"))))"""


@pytest.mark.parametrize("version", ["0.2.0", "0.2.6", "0.2.9", "0.2.12"])
def test_wasi_is_served_in_any_patch_version(compiler: Compiler, tmp_path: Path, version: str) -> None:
    app = executor(compiler, tmp_path, counting_arguments(version), "func() -> u32", host_wasi=True)
    with app.instantiate("app", wasi=Wasi(("a", "b", "c"))) as instance:
        assert instance.call() == 3


def test_without_host_wasi_there_is_none(compiler: Compiler, tmp_path: Path) -> None:
    app = executor(compiler, tmp_path, counting_arguments("0.2.0"), "func() -> u32", host_wasi=False)
    with (
        app.instantiate("app") as instance,
        pytest.raises(GuestTrap, match=r"environment@0.2.0#get-arguments"),
    ):
        instance.call()


@pytest.mark.parametrize("version", ["0.2.0", "0.2.6", "0.2.9", "0.2.12"])
def test_a_command_makes_a_request_but_cannot_send_it(
    compiler: Compiler, tmp_path: Path, version: str
) -> None:
    wat = f"""(component
      (import "wasi:http/types@{version}" (instance $types
        (export "fields" (type $fields (sub resource)))
        (export "outgoing-request" (type $request (sub resource)))
        (export "request-options" (type (sub resource)))
        (export "future-incoming-response" (type (sub resource)))
        (export "[constructor]fields" (func (result (own $fields))))
        (export "[constructor]outgoing-request" (func (param "headers" (own $fields))
          (result (own $request))))))
      (alias export $types "outgoing-request" (type $request))
      (alias export $types "request-options" (type $options))
      (alias export $types "future-incoming-response" (type $future))
      (import "wasi:http/outgoing-handler@{version}" (instance $handler
        (alias outer 1 $request (type $outer-request))
        (export "outgoing-request" (type (eq $outer-request)))
        (export "handle" (func (param "request" (own $request)) (param "options" (option (own $options)))
          (result (own $future))))))
      (core func $fields (canon lower (func $types "[constructor]fields")))
      (core func $request (canon lower (func $types "[constructor]outgoing-request")))
      (core func $handle (canon lower (func $handler "handle")))
      (core module $p
        (import "h" "fields" (func $fields (result i32)))
        (import "h" "request" (func $request (param i32) (result i32)))
        (import "h" "handle" (func $handle (param i32 i32 i32) (result i32)))
        (func (export "f")
          (drop (call $handle (call $request (call $fields)) (i32.const 0) (i32.const 0)))))
      (core instance $p (instantiate $p (with "h" (instance
        (export "fields" (func $fields)) (export "request" (func $request))
        (export "handle" (func $handle))))))
      (func (export "f") (canon lift (core func $p "f"))))"""
    app = executor(compiler, tmp_path, wat, "func()", host_wasi=True)
    sent = "it called `wasi:http/outgoing-handler#handle`, which spinfer does not provide"
    with app.instantiate("app") as instance, pytest.raises(GuestTrap, match=sent):
        instance.call()


SERVED = Resource("thing")


class ServingFactor:
    """Makes handles of one resource."""

    name = "serving"

    def interfaces(self) -> Sequence[Interface]:
        make = Function(
            "make", "func() -> own<thing>", lambda state: current().resources.own(SERVED, object())
        )
        return (Interface("test:ours/things", ("1.0.0",), self.name, (make,), (SERVED,)),)

    def configure(self, components: Collection[str]) -> None: ...

    def prepare(self, guest: Guest) -> AbstractContextManager[None]:
        return nullcontext()


def test_what_nobody_serves_may_take_what_a_factor_makes(compiler: Compiler, tmp_path: Path) -> None:
    path = tmp_path / "app.wat"
    path.write_text("""(component
      (import "test:ours/things@1.0.0" (instance $ours
        (export "thing" (type $thing (sub resource)))
        (export "make" (func (result (own $thing))))))
      (alias export $ours "thing" (type $thing))
      (import "test:nobody/takes@1.0.0" (instance $nobody
        (alias outer 1 $thing (type $outer))
        (export "thing" (type $thing (eq $outer)))
        (export "take" (func (param "it" (borrow $thing))))))
      (core func $make (canon lower (func $ours "make")))
      (core func $take (canon lower (func $nobody "take")))
      (core module $p
        (import "h" "make" (func $make (result i32))) (import "h" "take" (func $take (param i32)))
        (func (export "f") (call $take (call $make))))
      (core instance $p (instantiate $p (with "h" (instance
        (export "make" (func $make)) (export "take" (func $take))))))
      (func (export "f") (canon lift (core func $p "f"))))""")
    app = Executor(compiler, [ServingFactor()])
    app.load([ComponentFile("app", path)], [Entry(None, "f", "func()")])
    with (
        app.instantiate("app") as instance,
        pytest.raises(GuestTrap, match=r"`test:nobody/takes@1.0.0#take`"),
    ):
        instance.call()
