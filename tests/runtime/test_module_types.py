"""The type that is read from a core module's bytes is the one that wasmtime finds it to have."""

import pytest
from wasmtime import Module, Store, WasmtimeError
from wasmtime.component import Component, Linker

from spinfer.runtime.compiler import Compiler, from_text
from spinfer.runtime.module_types import code_bytes, module_type
from spinfer.runtime.wasm_binary import COMPONENT, CORE_MODULE, Malformed, name, number, section

EVERYTHING = b"""
(module
  (type $unused (func (param i32 i64 f32 f64 v128 funcref externref) (result i32 i64)))
  (import "env" "f" (func $f (param i32) (result f64)))
  (import "env" "memory" (memory 1))
  (import "env" "table" (table 2 10 funcref))
  (import "GOT.mem" "x" (global $x (mut i32)))
  (import "env" "base" (global $base i32))
  (func $g (export "g") (export "\\c3\\a9\\00") (result i64) i64.const 1)
  (table $own (export "own-table") 0 externref)
  (table $bounded (export "bounded-table") 0 5 funcref)
  (global (export "i32") i32 (i32.const -1))
  (global (export "i64") (mut i64) (i64.const -0x123456789abcdef))
  (global (export "f32") f32 (f32.const 1.5))
  (global (export "f64") (mut f64) (f64.const -0.25))
  (global (export "null") externref (ref.null extern))
  (global (export "function") funcref (ref.func $g))
  (global (export "sum") i32 (i32.add (global.get $base) (i32.mul (i32.const 2) (i32.const 3))))
  (global (export "difference") i64 (i64.sub (i64.const 1) (i64.const 2)))
  (export "x" (global $x))
  (export "again" (func $f))
  (export "memory" (memory 0))
  (export "table" (table 0))
  (elem (i32.const 0) $g)
  (data (i32.const 0) "abc")
  (func $start)
  (start $start))
"""


def fits(compiler: Compiler, type_: bytes, module: bytes) -> bool:
    """Whether wasmtime takes the module where one of this type is imported."""
    import_ = b"\0" + name("it") + b"\x00\x11" + number(0)
    wanting = COMPONENT + section(3, number(1) + type_) + section(10, number(1) + import_)
    linker = Linker(compiler.engine)
    with linker.root() as root:
        root.add_module("it", Module(compiler.engine, module))
    with Store(compiler.engine) as store:
        try:
            linker.instantiate(store, Component(compiler.engine, wanting))
        except WasmtimeError:
            return False
    return True


def type_of(module: bytes) -> bytes:
    return module_type(memoryview(module))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(EVERYTHING, id="everything"),
        pytest.param(b"(module)", id="nothing"),
        pytest.param(b'(module (memory (export "m") 1 2) (data "passive") (func data.drop 0))', id="memory"),
    ],
)
def test_a_module_has_its_type(compiler: Compiler, text: bytes) -> None:
    module = from_text(text)
    assert fits(compiler, type_of(module), module)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        (b'(module (func (export "f")))', b'(module (func (export "f") (param i32)))'),
        (b'(module (func (export "f")))', b'(module (func (export "g")))'),
        (b'(module (func (export "f")))', b'(module (memory (export "f") 1))'),
        (b"(module)", b'(module (import "a" "b" (func)))'),
        (
            b'(module (global (export "g") i32 (i32.const 1)))',
            b'(module (global (export "g") i64 (i64.const 1)))',
        ),
    ],
)
def test_another_module_has_not(compiler: Compiler, one: bytes, another: bytes) -> None:
    assert not fits(compiler, type_of(from_text(one)), from_text(another))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"(module (type (struct)))", id="a structure"),
        pytest.param(b"(module (rec (type (func))  (type (func))))", id="a group of types"),
        pytest.param(b"(module (type $t (func)) (func (param (ref $t))))", id="a typed reference"),
        pytest.param(b"(module (memory 1 1 shared))", id="a shared memory"),
        pytest.param(b"(module (memory i64 1))", id="a 64-bit memory"),
        pytest.param(b"(module (tag))", id="a tag"),
        pytest.param(b'(module (import "a" "b" (tag)))', id="an imported tag"),
        pytest.param(b"(module (table 1 funcref (ref.null func)))", id="a filled table"),
        pytest.param(b"(module (global v128 (v128.const i64x2 1 2)))", id="a vector's value"),
    ],
)
def test_what_is_not_known(text: bytes) -> None:
    with pytest.raises(Malformed):
        type_of(from_text(text))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(section(7, number(1) + name("f") + b"\0\0"), id="it exports nothing"),
        pytest.param(section(1, number(0) + b"?"), id="more than it says"),
        pytest.param(section(1, number(2) + b"\x60\0\0"), id="less than it says"),
        pytest.param(section(14, b""), id="a section of the future"),
    ],
)
def test_what_is_damaged(body: bytes) -> None:
    with pytest.raises(Malformed):
        type_of(CORE_MODULE + body)


def test_every_module_cut_short_is_damaged_or_shorter() -> None:
    """Wherever it ends, reading ends too; at the end of a section there is a module to read."""
    module = from_text(EVERYTHING)
    for end in range(len(module)):
        try:
            assert len(type_of(module[:end])) <= len(type_of(module))
        except Malformed:
            continue


def test_code_is_counted() -> None:
    assert code_bytes(memoryview(from_text(b'(module (data "lots of data"))'))) == 0
    assert code_bytes(memoryview(from_text(b"(module (func i32.const 1 drop))"))) == 7
