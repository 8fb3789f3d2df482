"""What a host call costs: our converters, wasmtime-py's own, and wasmtime alone, interleaved in one run.

    python tests/bench/bench_bindings.py [--rounds N] [--json FILE]

A guest calls the host in a loop; the time of a call is that of the loop divided by its length, and the median
of the rounds is reported. "wasmtime alone" is the floor for any host written over its C API: a callback that
looks at nothing, or that hands over a clone of a value made beforehand.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from wasmtime import Engine, Store
from wasmtime import _ffi as ffi
from wasmtime import component as wasm

from spinfer.bindings import exports, hostcall, lowering
from spinfer.bindings.hostcall import InstanceContext
from spinfer.bindings.imports import Function, Interface, define
from spinfer.bindings.introspection import KnownResources, function_type, imported
from spinfer.bindings.layout import address_of

ROWS, COLUMNS = 32, 384
OCTETS = 1 << 20
HOST = "test:bench/host"

GUEST = f"""(component
  (import "{HOST}" (instance $host
    (export "nothing" (func))
    (export "take-text" (func (param "x" string)))
    (export "give-text" (func (result string)))
    (export "take-octets" (func (param "x" (list u8))))
    (export "give-octets" (func (result (list u8))))
    (export "take-rows" (func (param "x" (list (list f32)))))
    (export "give-rows" (func (result (list (list f32)))))))
  (core module $Heap
    (memory (export "mem") 64)
    (global $top (mut i32) (i32.const 0x200000))
    (func (export "reset") (global.set $top (i32.const 0x200000)))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
      (global.set $top (i32.add (local.get $at) (local.get 3)))
      (local.get $at)))
  (core instance $heap (instantiate $Heap))
  (core func $nothing (canon lower (func $host "nothing")))
  (core func $take-text (canon lower (func $host "take-text") (memory (core memory $heap "mem"))))
  (core func $take-octets (canon lower (func $host "take-octets") (memory (core memory $heap "mem"))))
  (core func $take-rows (canon lower (func $host "take-rows") (memory (core memory $heap "mem"))))
  (core func $give-text (canon lower (func $host "give-text")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $give-octets (canon lower (func $host "give-octets")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core func $give-rows (canon lower (func $host "give-rows")
    (memory (core memory $heap "mem")) (realloc (core func $heap "realloc"))))
  (core module $Main
    (import "heap" "mem" (memory 64))
    (import "heap" "reset" (func $reset))
    (import "host" "nothing" (func $nothing))
    (import "host" "take-text" (func $take-text (param i32 i32)))
    (import "host" "take-octets" (func $take-octets (param i32 i32)))
    (import "host" "take-rows" (func $take-rows (param i32 i32)))
    (import "host" "give-text" (func $give-text (param i32)))
    (import "host" "give-octets" (func $give-octets (param i32)))
    (import "host" "give-rows" (func $give-rows (param i32)))
    (func $start (local $row i32)
      (loop $next
        (i32.store (i32.add (i32.const 1024) (i32.shl (local.get $row) (i32.const 3))) (i32.const 0x100000))
        (i32.store (i32.add (i32.const 1028) (i32.shl (local.get $row) (i32.const 3))) (i32.const {COLUMNS}))
        (br_if $next
          (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (i32.const {ROWS})))))
    (start $start)
    (func (export "nothing") (param $n i32)
      (loop $next (call $nothing)
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "take-text") (param $n i32)
      (loop $next (call $take-text (i32.const 4096) (i32.const 1000))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "take-octets") (param $n i32)
      (loop $next (call $take-octets (i32.const 0) (i32.const {OCTETS}))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "take-rows") (param $n i32)
      (loop $next (call $take-rows (i32.const 1024) (i32.const {ROWS}))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "give-text") (param $n i32)
      (loop $next (call $give-text (i32.const 16)) (call $reset)
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "give-octets") (param $n i32)
      (loop $next (call $give-octets (i32.const 16)) (call $reset)
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "give-rows") (param $n i32)
      (loop $next (call $give-rows (i32.const 16)) (call $reset)
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
  (core instance $main (instantiate $Main (with "heap" (instance $heap)) (with "host" (instance
    (export "nothing" (func $nothing))
    (export "take-text" (func $take-text)) (export "give-text" (func $give-text))
    (export "take-octets" (func $take-octets)) (export "give-octets" (func $give-octets))
    (export "take-rows" (func $take-rows)) (export "give-rows" (func $give-rows))))))
  (func (export "nothing") (param "n" u32) (canon lift (core func $main "nothing")))
  (func (export "take-text") (param "n" u32) (canon lift (core func $main "take-text")))
  (func (export "give-text") (param "n" u32) (canon lift (core func $main "give-text")))
  (func (export "take-octets") (param "n" u32) (canon lift (core func $main "take-octets")))
  (func (export "give-octets") (param "n" u32) (canon lift (core func $main "give-octets")))
  (func (export "take-rows") (param "n" u32) (canon lift (core func $main "take-rows")))
  (func (export "give-rows") (param "n" u32) (canon lift (core func $main "give-rows"))))"""

TEXT = "a" * 1000
BODY = bytes(range(256)) * (OCTETS // 256)
TABLE = np.random.default_rng(1).standard_normal((ROWS, COLUMNS), dtype="f4")


@dataclass(frozen=True)
class Subject:
    """One kind of call. `wit` is its type, `ours` and `stock` what each host returns: its natural shape."""

    name: str
    what: str
    wit: str
    calls: int
    target: str = ""
    ours: object = None
    stock: object = None


SUBJECTS = (
    Subject("nothing", "a call without arguments", "func()", 5000, "≤ 10 µs"),
    Subject("take-text", "1000 characters, guest → host", "func(x: string)", 2000),
    Subject("give-text", "1000 characters, host → guest", "func() -> string", 2000, "", TEXT, TEXT),
    Subject("take-octets", "1 MB of `list<u8>`, guest → host", "func(x: list<u8>)", 1, "≥ 5×"),
    Subject("give-octets", "1 MB of `list<u8>`, host → guest", "func() -> list<u8>", 1, "≥ 5×", BODY, BODY),
    Subject("take-rows", "32 × 384 `f32`, guest → host", "func(x: list<list<f32>>)", 20, "≥ 6×"),
    Subject(
        "give-rows",
        "32 × 384 `f32`, host → guest",
        "func() -> list<list<f32>>",
        20,
        "≥ 6×",
        TABLE,
        TABLE.tolist(),
    ),
)

Host = Callable[[wasm.Linker, wasm.Component], None]


def our_host(linker: wasm.Linker, component: wasm.Component) -> None:
    functions = tuple(Function(each.name, each.wit, _returning(each.ours)) for each in SUBJECTS)
    define(linker, component, [Interface(HOST, (None,), "bench", functions)])


def _returning(value: object) -> Callable[..., object]:
    return lambda _state, *_arguments: value


def stock_host(linker: wasm.Linker, _component: wasm.Component) -> None:
    with linker.root() as root, root.add_instance(HOST) as instance:
        for each in SUBJECTS:
            instance.add_func(each.name, _returning(each.stock))


def bare_host(linker: wasm.Linker, component: wasm.Component) -> None:
    """Callbacks that convert nothing; results are clones, made by wasmtime, of values lowered beforehand."""
    (items,) = imported(linker.engine, component)
    with linker.root() as root, root.add_instance(HOST) as instance:
        for each in SUBJECTS:
            type_ = function_type(items.functions[each.name], KnownResources())
            call = _bare
            if type_.result is not None:
                value = ffi.wasmtime_component_val_t()
                lowering.lowerer(type_.result)(each.ours, ctypes.addressof(value), 0)
                call = _cloning(value)
            hostcall.add_function(address_of(instance.ptr()), each.name, call)


def _bare(_store: int, _arguments: int, _result: int) -> None:
    return


def _cloning(value: ctypes.Structure) -> hostcall.HostCall:
    def call(_store: int, _arguments: int, result: int) -> None:
        place = ctypes.cast(result, ctypes.POINTER(ffi.wasmtime_component_val_t))
        ffi.wasmtime_component_val_clone(ctypes.byref(value), place)

    return call


def guest(engine: Engine, component: wasm.Component, host: Host) -> Callable[[str, int], object]:
    """A running guest behind one of the hosts: `run(subject, calls)`."""
    linker, store, context = wasm.Linker(engine), Store(engine), InstanceContext({"bench": None})
    host(linker, component)
    instance = exports.instantiate(linker, store, component, context)
    entries = {each.name: exports.Export(engine, component, None, each.name) for each in SUBJECTS}
    return lambda name, calls: entries[name].call(store, instance, context, calls)


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds a call: subject → host → seconds."""
    engine = Engine()
    component = wasm.Component(engine, GUEST)
    hosts = {"ours": our_host, "stock": stock_host, "bare": bare_host}
    guests = {name: guest(engine, component, host) for name, host in hosts.items()}
    seconds: dict[str, dict[str, list[float]]] = {
        each.name: {name: [] for name in hosts} for each in SUBJECTS
    }
    for _ in range(rounds):
        for each in SUBJECTS:
            for name, run in guests.items():
                begin = time.perf_counter()
                run(each.name, each.calls)
                seconds[each.name][name].append((time.perf_counter() - begin) / each.calls)
    return {
        subject: {host: statistics.median(all_) for host, all_ in by_host.items()}
        for subject, by_host in seconds.items()
    }


def table(medians: dict[str, dict[str, float]]) -> str:
    lines = [
        "| host call | spinfer | wasmtime-py | faster by | target | wasmtime alone |",
        "|---|---|---|---|---|---|",
    ]
    for each in SUBJECTS:
        of = medians[each.name]
        lines.append(
            f"| {each.what} | {_human(of['ours'])} | {_human(of['stock'])} | {of['stock'] / of['ours']:.1f}× "
            f"| {each.target} | {_human(of['bare'])} |"
        )
    return "\n".join(lines)


def _human(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} µs"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a host call costs.")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved runs; the median is reported")
    parser.add_argument("--json", type=Path, help="also write the medians, in seconds, to this file")
    arguments = parser.parse_args()
    medians = measure(arguments.rounds)
    print(table(medians))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(medians, indent=2) + "\n")


if __name__ == "__main__":
    main()
