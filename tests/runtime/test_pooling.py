"""Places for guests: each finds its memory as new, and wasmtime's private settings are where we think."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from wasmtime import Config

from spinfer.runtime import pooling
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry

COUNTER = b"""
(component
  (core module $Counter
    (memory 40)
    (data (i32.const 65536) "\\01\\00\\00\\00")
    (func (export "count") (result i32)
      (i32.store (i32.const 65536) (i32.add (i32.load (i32.const 65536)) (i32.const 1)))
      (i32.store (i32.const 2000000) (i32.add (i32.load (i32.const 2000000)) (i32.const 1)))
      (i32.add (i32.load (i32.const 65536)) (i32.load (i32.const 2000000)))))
  (core instance $counter (instantiate $Counter))
  (func (export "count") (result u32) (canon lift (core func $counter "count"))))
"""
"""It adds one to a number of its image, 1, and to one beyond it, 0, and gives their sum."""


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    path: Path = tmp_path_factory.mktemp("counter") / "counter.wat"
    path.write_bytes(COUNTER)
    with Compiler(pooling=True) as compiler:
        executor = Executor(compiler, ())
        executor.load([ComponentFile("counter", path)], [Entry(None, "count", "func() -> u32")])
        yield executor


def test_each_guest_finds_its_memory_as_new(executor: Executor) -> None:
    for _ in range(50):
        with executor.instantiate("counter") as instance:
            assert instance.call() == 3


def test_guests_at_once_have_places_of_their_own(executor: Executor) -> None:
    gate = threading.Barrier(32)
    counted: list[object] = []

    def run() -> None:
        with executor.instantiate("counter") as instance:
            gate.wait()
            counted.append((instance.call(), instance.call()))

    threads = [threading.Thread(target=run) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted == [(3, 5)] * 32


def test_the_setting_without_a_function_is_where_we_write_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", pooling.__name__):
        assert pooling.reserve(Config())
    assert not caplog.messages, "wasmtime's layout has changed: find the setting again, or do without"


def test_without_address_space_there_are_no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (8 << 30, 8 << 30))
    assert not pooling.reserve(Config())
