"""Memories are read in where nobody was before: restoring them leaves alone what no guest wrote."""

from __future__ import annotations

from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spinfer.runtime import populating
from spinfer.runtime.compiler import Compiler
from spinfer.runtime.executor import Executor
from spinfer.runtime.loader import ComponentFile, Entry
from spinfer.runtime.populating import LOOKS, Places

SPARSE = b"""
(component
  (core module $Sparse
    (memory 40)
    (data (i32.const 0) "\\01")
    (data (i32.const 1310720) "\\02")
    (func (export "write") (i32.store (i32.const 655360) (i32.const 3))))
  (core instance $sparse (instantiate $Sparse))
  (func (export "write") (canon lift (core func $sparse "write"))))
"""
"""Of 640 pages, half of which have an image, it writes one."""
WHOLE_KIB = 40 * 64


@pytest.fixture
def compiler() -> Iterator[Compiler]:
    with Compiler(pooling=True) as compiler:
        yield compiler


@pytest.fixture
def places(compiler: Compiler) -> Places:
    assert compiler.places is not None
    try:
        list(populating._writable(0, 1 << 20))
    except OSError:
        pytest.skip("this kernel does not say what is mapped: Linux 6.11 does")
    compiler.places.populate()  # what other engines of this process have left
    return compiler.places


@pytest.fixture
def others(places: Places) -> Set[object]:
    return frozenset(places._known)


@pytest.fixture
def executor(compiler: Compiler, tmp_path: Path) -> Executor:
    path = tmp_path / "sparse.wat"
    path.write_bytes(SPARSE)
    executor = Executor(compiler, ())
    executor.load([ComponentFile("sparse", path)], [Entry(None, "write", "func()")])
    return executor


def test_a_memory_keeps_what_guests_wrote_and_no_more(
    executor: Executor, places: Places, others: Set[object]
) -> None:
    for _ in range(3):
        with executor.instantiate("sparse") as instance:
            instance.call()
    whole_kib, own_kib = _kib(places, others)
    assert whole_kib >= WHOLE_KIB
    assert 4 <= own_kib <= 40


def test_every_place_is_read_in(executor: Executor, places: Places, others: Set[object]) -> None:
    for _ in range(2):
        first, second = executor.instantiate("sparse"), executor.instantiate("sparse")
        for instance in (second, first):
            instance.call()
            instance.close()
    whole_kib, own_kib = _kib(places, others)
    assert whole_kib >= 2 * WHOLE_KIB
    assert 8 <= own_kib <= 80


def test_where_they_are_not_found_guests_run_all_the_same(
    executor: Executor, places: Places, others: Set[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(populating, "_PROCMAP_QUERY", 0xC06866FF)
    with executor.instantiate("sparse") as instance:
        instance.call()
    assert places._known == others


def test_it_looks_whenever_there_are_more_guests_than_before() -> None:
    places = Places(1 << 20)
    looks = [places.enter("a") for _ in range(3)]
    for _ in range(3):
        places.leave("a")
    assert looks == [True] * 3
    assert places.enter("b")


def test_it_looks_when_another_thread_has_its_first_guest() -> None:
    places = Places(1 << 20)
    for _ in range(LOOKS + 1):
        places.enter("a")
        places.leave("a")
    with ThreadPoolExecutor(1) as other:
        assert other.submit(places.enter, "a").result()


def test_it_does_not_look_forever() -> None:
    places = Places(1 << 20)
    looks = []
    for _ in range(LOOKS + 2):
        looks.append(places.enter("a"))
        places.leave("a")
    assert looks == [True] * LOOKS + [False] * 2


def _kib(places: Places, others: Set[object]) -> tuple[int, int]:
    """The size of the memories that were found, and how much of it this process wrote."""
    memories = places._known - others
    starts = {memory.start for memory in memories}
    own, inside = 0, False
    for line in Path("/proc/self/smaps").read_text(errors="replace").splitlines():
        name, *values = line.split()
        if name.endswith(":"):
            own += int(values[0]) if inside and name == "Anonymous:" else 0
        else:
            inside = int(name.partition("-")[0], 16) in starts
    return sum(memory.end - memory.start for memory in memories) >> 10, own
