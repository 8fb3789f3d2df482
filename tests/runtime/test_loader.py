"""Component files that cannot be used: which, where, and what to do."""

from pathlib import Path

import pytest

from spinfer.errors import ComponentError
from spinfer.runtime.compiler import Compiler, from_text
from spinfer.runtime.loader import ComponentFile, Entry, compile_component, entry_of, read


@pytest.fixture
def file(tmp_path: Path) -> ComponentFile:
    return ComponentFile("web", tmp_path / "app.wasm")


def written(file: ComponentFile, content: bytes) -> ComponentFile:
    file.path.write_bytes(content)
    return file


def refused(file: ComponentFile) -> str:
    with pytest.raises(ComponentError) as caught:
        read(file)
    return str(caught.value)


def test_a_component_is_read(file: ComponentFile) -> None:
    wasm = from_text(b"(component)")
    assert read(written(file, wasm)) == wasm


@pytest.mark.parametrize("start", ["", "\n  ", ";; a comment (\n", "(; a block ;) ;; and a line\n"])
def test_text_is_read_too(file: ComponentFile, start: str) -> None:
    assert read(written(file, f"{start}(component)".encode())) == from_text(b"(component)")


def test_a_missing_file_names_its_build_command(file: ComponentFile) -> None:
    built = ComponentFile("web", file.path, build="make app.wasm")
    assert refused(built) == f"{file.path}: component `web` does not exist\n  Build it: make app.wasm"
    assert "correct the path" in refused(file)


def test_a_folder_is_no_component(file: ComponentFile) -> None:
    file.path.mkdir()
    assert "is a folder" in refused(file)


def test_a_core_module_is_told_from_a_component(file: ComponentFile) -> None:
    message = refused(written(file, from_text(b"(module)")))
    assert "is a core WebAssembly module, not a component" in message
    assert "jco new" in message


@pytest.mark.parametrize("content", [b"", b"<!DOCTYPE html>", b"\x7fELF", b"\0as"])
def test_something_else_altogether(file: ComponentFile, content: bytes) -> None:
    assert "is not WebAssembly" in refused(written(file, content))


def test_bad_text_says_where(file: ComponentFile) -> None:
    assert "1:13" in refused(written(file, b"(component (nonsense))"))


def test_a_damaged_component_cannot_be_compiled(file: ComponentFile, compiler: Compiler) -> None:
    wasm = from_text(b'(component (import "a:b/c" (func)))')[:-3]
    with pytest.raises(ComponentError, match=r"component `web` cannot be compiled: .*\n  Build it again"):
        compile_component(file, wasm, compiler.compile)


RUN = Entry("wasi:cli/run", "run", "func() -> result")


def exporting(name: str, kind: str = "func", result: str = "(result (result))") -> bytes:
    """A component that exports an instance `name` with a function `run`."""
    lift = 'async (callback (core func $i "callback"))' if "async" in kind else ""
    return f"""
    (component
      (core module $m
        (func (export "run") (result i32) i32.const 0)
        (func (export "callback") (param i32 i32 i32) (result i32) i32.const 0))
      (core instance $i (instantiate $m))
      (type $t ({kind} {result}))
      (func $run (type $t) (canon lift (core func $i "run") {lift}))
      (instance $e (export "run" (func $run)))
      (export "{name}" (instance $e)))
    """.encode()


def entry(compiler: Compiler, file: ComponentFile, wat: bytes, *entries: Entry) -> str:
    component = compile_component(file, from_text(wat), compiler.compile)
    return entry_of(file, compiler.engine, component, entries or (RUN,)).name


@pytest.mark.parametrize("version", ["0.2.0", "0.2.9", "0.2.0-rc-2023-12-05"])
def test_the_export_is_found_in_any_0_2(file: ComponentFile, compiler: Compiler, version: str) -> None:
    name = f"wasi:cli/run@{version}"
    assert entry(compiler, file, exporting(name)) == f"{name}#run"


def test_the_first_entry_wins(file: ComponentFile, compiler: Compiler) -> None:
    legacy = Entry("fermyon:spin/inbound-http", "run", "func() -> result", series=None)
    assert entry(compiler, file, exporting("fermyon:spin/inbound-http"), RUN, legacy) == (
        "fermyon:spin/inbound-http#run"
    )


def test_a_function_may_stand_alone(file: ComponentFile, compiler: Compiler) -> None:
    wat = b"""(component
      (core module $m (func (export "f")))
      (core instance $i (instantiate $m))
      (func (export "f") (canon lift (core func $i "f"))))"""
    assert entry(compiler, file, wat, Entry(None, "f", "func()")) == "f"


@pytest.mark.parametrize("name", ["wasi:http/handler@0.3.0-rc-2026-03-15", "wasi:cli/run@0.3.0"])
def test_a_wasi_0_3_guest_is_told_which_sdk_works(file: ComponentFile, compiler: Compiler, name: str) -> None:
    with pytest.raises(ComponentError) as caught:
        entry(compiler, file, exporting(name, "func async", "(result u32)"))
    assert str(caught.value) == (
        f"{file.path}: component `web` exports `{name}#run` as an async function (WASI 0.3); "
        "spinfer runs WASI 0.2 guests\n"
        "  Build it with an SDK for WASI 0.2; for Python: pip install 'spin-sdk<4'."
    )


def test_a_guest_that_only_imports_async_functions_is_told_too(
    file: ComponentFile, compiler: Compiler
) -> None:
    wat = b"""(component
      (import "a:b/c@0.3.0" (instance (export "f" (func async (result u32))))))"""
    with pytest.raises(ComponentError, match=r"component `web` uses async functions \(WASI 0.3\); spinfer"):
        entry(compiler, file, wat)


def test_an_async_function_in_a_0_2_interface_is_refused(file: ComponentFile, compiler: Compiler) -> None:
    with pytest.raises(ComponentError, match="async function"):
        entry(compiler, file, exporting("wasi:cli/run@0.2.0", "func async"))


def test_an_export_of_another_type_is_refused(file: ComponentFile, compiler: Compiler) -> None:
    with pytest.raises(ComponentError, match=r"as func\(\) -> u32, where func\(\) -> result is expected"):
        entry(compiler, file, exporting("wasi:cli/run@0.2.0", result="(result u32)"))


def test_nothing_to_call_lists_what_there_is(file: ComponentFile, compiler: Compiler) -> None:
    with pytest.raises(ComponentError, match=r"exports no `wasi:cli/run`, .*\n  It exports `a:b/c`\."):
        entry(compiler, file, exporting("a:b/c"))
    with pytest.raises(ComponentError, match="It exports nothing"):
        entry(compiler, file, b"(component)")
