"""Hit, miss, damage, and folders that cannot be used."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from wasmtime.component import Component

from fakes.counting_compiler import CountingCompiler
from spinfer.runtime.compile_cache import CompileCache
from spinfer.runtime.compiler import CompileError, from_text

WASM = from_text(b'(component (import "a:b/c" (func)))')
OTHER = from_text(b'(component (import "a:b/d" (func)))')


@pytest.fixture
def compiler() -> Iterator[CountingCompiler]:
    with CountingCompiler() as compiler:
        yield compiler


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def imports(compiler: CountingCompiler, component: Component) -> list[str]:
    return list(component.type.imports(compiler.engine))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_the_second_time_is_loaded(compiler: CountingCompiler, folder: Path) -> None:
    CompileCache(compiler, folder).compile(WASM)
    component = CompileCache(compiler, folder).compile(WASM)
    assert (compiler.compiled, compiler.loaded) == (1, 1)
    assert imports(compiler, component) == ["a:b/c"]


def test_another_component_is_another_entry(compiler: CountingCompiler, folder: Path) -> None:
    cache = CompileCache(compiler, folder)
    assert imports(compiler, cache.compile(WASM)) != imports(compiler, cache.compile(OTHER))
    assert len(files(folder)) == 2


def test_the_folder_is_private_and_holds_nothing_half_written(
    compiler: CountingCompiler, folder: Path
) -> None:
    CompileCache(compiler, folder).compile(WASM)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.suffix for path in files(folder)] == [".cwasm"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda code: code[: len(code) // 2], id="truncated"),
        pytest.param(lambda code: b"", id="empty"),
        pytest.param(lambda code: code[:-1] + bytes([code[-1] ^ 1]), id="last bit"),
        pytest.param(lambda code: bytes([code[0] ^ 1]) + code[1:], id="first bit"),
    ],
)
def test_a_damaged_file_is_replaced(
    damage, compiler: CountingCompiler, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = CompileCache(compiler, folder)
    cache.compile(WASM)
    (path,) = files(folder)
    good = path.read_bytes()
    path.write_bytes(damage(good))
    with caplog.at_level(logging.WARNING):
        component = cache.compile(WASM)
    assert imports(compiler, component) == ["a:b/c"]
    assert (compiler.compiled, compiler.loaded) == (2, 0)
    assert "damaged" in caplog.text
    cache.compile(WASM)
    assert (compiler.compiled, compiler.loaded) == (2, 1)


def test_a_file_of_another_wasmtime_is_replaced(compiler: CountingCompiler, folder: Path) -> None:
    """Right digest, wrong content: what wasmtime itself refuses."""
    cache = CompileCache(compiler, folder)
    cache.compile(WASM)
    (path,) = files(folder)
    path.unlink()
    cache._write(path.name.split(".")[0], b"\x7fELF, but not of ours")
    cache.compile(WASM)
    assert (compiler.compiled, compiler.loaded) == (2, 0)
    assert len(files(folder)) == 1


def test_a_folder_that_others_can_write_is_not_trusted(
    compiler: CountingCompiler, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = CompileCache(compiler, folder)
    cache.compile(WASM)
    folder.chmod(0o777)
    cache.compile(WASM)
    assert (compiler.compiled, compiler.loaded) == (2, 0)
    assert "chmod" in caplog.text


def test_an_unusable_folder_only_costs_a_log_line(
    compiler: CountingCompiler, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    component = CompileCache(compiler, tmp_path / "file" / "cache").compile(WASM)
    assert imports(compiler, component) == ["a:b/c"]
    assert "no compile cache" in caplog.text


def test_a_full_disk_only_costs_a_log_line(
    compiler: CountingCompiler,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    CompileCache(compiler, folder).compile(WASM)
    assert "No space left" in caplog.text
    assert files(folder) == []


def test_the_least_recently_used_goes_first(compiler: CountingCompiler, folder: Path) -> None:
    cache = CompileCache(compiler, folder)
    cache.compile(WASM)
    (first,) = files(folder)
    cache.compile(OTHER)
    (second,) = set(files(folder)) - {first}
    for age, path in enumerate([first, second]):
        os.utime(path, (1000 - age, 1000 - age))
    cache.compile(OTHER)  # a hit: now the most recent
    third = from_text(b'(component (import "a:b/e" (func)))')
    bound = first.stat().st_size + second.stat().st_size + 1
    CompileCache(compiler, folder, max_bytes=bound).compile(third)
    assert not first.exists()
    assert second.exists()
    assert len(files(folder)) == 2


def test_what_a_killed_process_left_is_cleared_away(compiler: CountingCompiler, folder: Path) -> None:
    cache = CompileCache(compiler, folder)
    cache.compile(WASM)
    (folder / ".partial-old").write_bytes(b"half")
    (folder / ".partial-new").write_bytes(b"half")
    os.utime(folder / ".partial-old", (1000, 1000))
    cache.compile(OTHER)
    assert [path.name for path in files(folder) if path.suffix != ".cwasm"] == [".partial-new"]


def test_what_does_not_compile_leaves_nothing(compiler: CountingCompiler, folder: Path) -> None:
    with pytest.raises(CompileError):
        CompileCache(compiler, folder).compile(b"\0asm\x0d\0\1\0garbage")
    assert files(folder) == []
