"""What is linked besides the factors: wasmtime's WASI in any patch version, and no way to the network."""

from pathlib import Path

import pytest

from spinfer.errors import GuestTrap
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
    sent = f"it called `wasi:http/outgoing-handler@{version}#handle`, which spinfer does not provide"
    with app.instantiate("app") as instance, pytest.raises(GuestTrap, match=sent):
        instance.call()
