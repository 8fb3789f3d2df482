"""Components in parts: what they answer, and what is compiled anew when one of them changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fakes.counting_compiler import CountingCompiler
from fakes.wat_run_probe import PROBE, ProbeFactor
from guests import guest, interpreters, lacks
from spinfer.errors import ComponentError, GuestTrap
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import from_text
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry
from spinfer.runtime.parts import Parts, compile_in_parts

PYTHON = ("hello-http", "sentiment")
"""Two apps with one interpreter."""

APP = """
(component
  (core module $library
    (memory (export "memory") 1)
    (global (export "base") i32 (i32.const 40))
    (func (export "sum") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
  (core module $counter
    (global $count (mut i32) (i32.const 0))
    (func (export "next") (result i32)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count)))
  (component $nested
    (alias outer 1 $counter (core module $theirs))
    (core module $own (func (export "three") (result i32) i32.const 3))
    (core instance $counting (instantiate $theirs))
    (core instance $three (instantiate $own))
    (func (export "next") (result u32) (canon lift (core func $counting "next")))
    (func (export "three") (result u32) (canon lift (core func $three "three"))))
  (core module $app
    (import "library" "memory" (memory 1))
    (import "library" "base" (global $base i32))
    (import "library" "sum" (func $sum (param i32 i32) (result i32)))
    (import "one" "next" (func $one (result i32)))
    (import "another" "next" (func $another (result i32)))
    (data (i32.const 8) "{data}")
    (func (export "answer") (result i32)
      (drop (call $one))
      (call $sum
        (call $sum (call $one) (call $another))
        (call $sum (global.get $base) (i32.load8_u (i32.const 8)))))
    (func (export "boom") unreachable))
  (core instance $library (instantiate $library))
  (core instance $one (instantiate $counter))
  (core instance $another (instantiate $counter))
  (alias core export $library "sum" (core func $sum))
  (core instance $sums (export "sum" (func $sum))
    (export "memory" (memory $library "memory")) (export "base" (global $library "base")))
  (core instance $app (instantiate $app
    (with "library" (instance $sums)) (with "one" (instance $one)) (with "another" (instance $another))))
  (instance $inside (instantiate $nested))
  (func (export "answer") (result u32) (canon lift (core func $app "answer")))
  (func (export "boom") (canon lift (core func $app "boom")))
  (export "next" (func $inside "next"))
  (export "three" (func $inside "three")))
"""
MODULES = 3
"""That stand at the top of it; another is nested."""
CUSTOM = b"\0\x0b\x09producers\0"


def app(data: str = "A", text: str = APP) -> bytes:
    return from_text(text.replace("{data}", data).encode())


@pytest.fixture
def compiler() -> Iterator[CountingCompiler]:
    with CountingCompiler() as compiler:
        yield compiler


@pytest.fixture
def cache(compiler: CountingCompiler, tmp_path: Path) -> CompileCache:
    return CompileCache(compiler, tmp_path / "cache")


@pytest.fixture
def in_parts(cache: CompileCache) -> Callable[[bytes], Parts | None]:
    return lambda wasm: compile_in_parts(cache, wasm, 0)


Loads = Callable[..., Executor]


@pytest.fixture
def loads(compiler: CountingCompiler, in_parts: Callable[[bytes], Parts | None], tmp_path: Path) -> Loads:
    def load(
        wasm: bytes, function: str, type_: str, factors: Sequence[ProbeFactor] = (), *, whole: bool = False
    ) -> Executor:
        path = tmp_path / "app.wasm"
        path.write_bytes(wasm)
        executor = Executor(compiler, factors, in_parts=None if whole else in_parts)
        executor.load([ComponentFile("app", path)], [Entry(None, function, type_)])
        return executor

    return load


@pytest.mark.parametrize("wasm", [app(), app() + CUSTOM], ids=["plain", "with a custom section"])
@pytest.mark.parametrize(
    ("function", "answers"), [("answer", (108, 111)), ("next", (1, 2)), ("three", (3, 3))]
)
def test_parts_answer_like_the_whole(
    loads: Loads, wasm: bytes, function: str, answers: tuple[int, int]
) -> None:
    for whole in (True, False):
        with loads(wasm, function, "func() -> u32", whole=whole).instantiate("app") as instance:
            assert (instance.call(), instance.call()) == answers


def test_a_trap_is_told_of_like_the_whole_s(loads: Loads) -> None:
    told = []
    for whole in (True, False):
        with loads(app(), "boom", "func()", whole=whole).instantiate("app") as instance:
            with pytest.raises(GuestTrap) as caught:
                instance.call()
            told.append(str(caught.value))
    assert told[0] == told[1]


def test_host_functions_are_called_from_parts(loads: Loads, compiler: CountingCompiler) -> None:
    executor = loads(from_text(PROBE), "add", "func(n: u32) -> u32", [ProbeFactor()])
    assert (compiler.compiled, compiler.modules) == (1, 1)
    assert set(executor.imports("app")) == {
        "test:probe/host@1.0.0", "test:nobody/home@0.1.0", "test:nobody/shapes@0.1.0"
    }  # fmt: skip
    with executor.instantiate("app") as instance:
        assert (instance.call(40), instance.call(2)) == (40, 42)


def test_only_what_changed_is_compiled(
    in_parts: Callable[[bytes], Parts | None], compiler: CountingCompiler
) -> None:
    assert in_parts(app("A")) is not None
    assert (compiler.compiled, compiler.modules, compiler.loaded) == (1, MODULES, 0)
    assert in_parts(app("B")) is not None
    assert (compiler.compiled, compiler.modules, compiler.loaded) == (1, MODULES + 1, MODULES)
    assert in_parts(app("A")) is not None
    assert (compiler.compiled, compiler.modules) == (1, MODULES + 1)


def test_a_damaged_part_is_compiled_again(
    in_parts: Callable[[bytes], Parts | None], compiler: CountingCompiler, tmp_path: Path
) -> None:
    in_parts(app())
    for file in (tmp_path / "cache").iterdir():
        code = file.read_bytes()
        file.write_bytes(code[:-1] + bytes([code[-1] ^ 1]))
    assert in_parts(app()) is not None
    assert (compiler.compiled, compiler.modules, compiler.loaded) == (2, 2 * MODULES, 0)


@pytest.mark.parametrize(
    "declaration",
    [
        '(import "spinfer-core-module1" (func))',
        '(import "SPINFER-core-module0" (func))',
        '(core type (module)) (import "spinfer-core-module0" (core module (type 0)))',
    ],
)
def test_a_guest_cannot_import_our_modules(
    in_parts: Callable[[bytes], Parts | None], declaration: str
) -> None:
    assert in_parts(app(text=APP.replace("(component", f"(component {declaration}", 1))) is None


def test_a_guest_s_own_import_of_such_a_name_is_not_our_module(loads: Loads) -> None:
    text = """(component
      (core type $t (module (export "f" (func (result i32)))))
      (import "spinfer-core-module0" (core module $m (type $t)))
      (core module $large (func (export "f") (result i32) i32.const 7))
      (core instance $i (instantiate $m))
      (func (export "f") (result u32) (canon lift (core func $i "f"))))"""
    with pytest.raises(ComponentError, match="cannot be linked"):
        loads(from_text(text.encode()), "f", "func() -> u32")


def in_app(old: str, new: str) -> bytes:
    assert old in APP
    return app(text=APP.replace(old, new, 1))


@pytest.mark.parametrize(
    "wasm",
    [
        pytest.param(in_app("i32.const 3", "i64.const 3"), id="a nested module is not valid"),
        pytest.param(in_app("(drop (call $one))", "(call $one)"), id="a module is not valid"),
        pytest.param(
            in_app('"next" (func $one (result i32))', '"next" (func $one)'), id="modules that do not fit"
        ),
        pytest.param(in_app('(func (export "boom") (canon', '(func (export "bang") (canon'), id="no export"),
        pytest.param(
            from_text(PROBE.replace(b'(param "n" u32) (result u32)))', b'(param "n" u32) (result s32)))')),
            id="an import of another type",
        ),
    ],
)
def test_a_mistake_is_told_of_like_the_whole_s(loads: Loads, wasm: bytes) -> None:
    told = []
    for whole in (True, False):
        with pytest.raises(ComponentError) as caught:
            loads(wasm, "boom", "func()", [ProbeFactor()], whole=whole)
        told.append(str(caught.value))
    assert told[0] == told[1]


@pytest.mark.skipif(bool(any(map(lacks, PYTHON))), reason="; ".join(filter(None, map(lacks, PYTHON))))
def test_apps_in_python_share_their_interpreter(compiler: CountingCompiler, tmp_path: Path) -> None:
    one, another = (guest(name).read_bytes() for name in PYTHON)
    cache = CompileCache(compiler, interpreters.cache_with(one, tmp_path / "cache"))
    parts = compile_in_parts(cache, another)
    assert parts is not None
    assert len(parts.modules) >= 3
    assert (compiler.compiled, compiler.modules) == (1, 0)
